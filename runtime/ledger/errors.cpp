#include "runtime/ledger/errors.hpp"

#include <errno.h>

#include <string>

#include "messages/error.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::ledger {
namespace {

std::string hint_for(int cause) {
  switch (cause) {
    case ENOSPC:
    case EDQUOT:
      return "free space on the disk of the state directory, then start the sync again";
    case EACCES:
    case EPERM:
    case EROFS:
      return "the state directory must be writable by the user that runs the node";
    case EIO:
      return "the disk failed: look at the kernel's log before the next sync";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files";
    default:
      return "what was acknowledged before is kept; start the sync again";
  }
}

}  // namespace

void fail_corrupt(const std::filesystem::path& file, std::uint64_t offset, std::string_view cause) {
  throw failure(errc::ledger_corrupt, "read ledger", file.string(),
                std::string(cause) + " at offset " + std::to_string(offset),
                "put a backup back with `sluice restore`, restore the folder " +
                    file.parent_path().string() +
                    " from a copy, or remove it: the next sync delivers again what is not known to "
                    "be there");
}

void fail_format(const std::filesystem::path& file, std::string_view cause) {
  throw failure(errc::ledger_failed, "read ledger", file.string(), std::string(cause),
                "use the program that wrote it, which is a later version of sluice; to go back to "
                "this one, put back a backup that this one made: see `sluice restore --help`");
}

void fail_io(std::string_view operation, const std::filesystem::path& file, int cause) {
  throw failure(errc::ledger_failed, std::string(operation), file.string(), os::reason(cause),
                hint_for(cause));
}

}  // namespace sluice::ledger
