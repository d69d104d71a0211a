#include "runtime/credentials/kept_token.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::credentials {
namespace {

using nlohmann::json;

constexpr kept_document::about about{
    .operation = "keep credential",
    .hint = "check state_dir, its owner, its permissions and its disk"};

}  // namespace

std::string digest_of_first(const std::string& configured) {
  return configured.empty() ? std::string()
                            : to_small_hex(crypto::hash_of(crypto::digest::sha256, configured));
}

token_file::token_file(const std::filesystem::path& folder, const std::string& name)
    : document_(folder / (name + ".json"), about), lock_file_(folder / (name + ".lock")) {}

std::optional<kept_token> token_file::read() const {
  auto kept = document_.read([](const json& document) {
    return kept_token{
        document.at("refresh_token").get<std::string>(),
        node_name(document.at("node").get<std::string>()), document.at("first").get<std::string>(),
        parse_timestamp(document.at("since").get<std::string>()).value_or(timestamp{}),
        document.at("refused").get<std::string>()};
  });
  if (kept) log::secrets().add(kept->refresh_token);
  return kept;
}

void token_file::write(const kept_token& token) const {
  document_.write({{"refresh_token", token.refresh_token},
                   {"node", token.node.text()},
                   {"first", token.first},
                   {"since", format_timestamp(token.since)},
                   {"refused", token.refused}});
}

os::unique_fd token_file::lock() const {
  document_.make_folder();
  os::unique_fd out(::open(lock_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out) document_.fail(lock_file_, os::reason(errno));
  while (::flock(out.get(), LOCK_EX) != 0)
    if (errno != EINTR) document_.fail(lock_file_, os::reason(errno));
  return out;
}

}  // namespace sluice::credentials
