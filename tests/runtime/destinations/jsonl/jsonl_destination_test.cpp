#include "runtime/destinations/jsonl/jsonl_destination.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <sstream>
#include <thread>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "messages/row.hpp"
#include "runtime/config/config.hpp"
#include "tests/runtime/destinations/destination_contract.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

class jsonl_harness final : public destination_harness {
 public:
  std::unique_ptr<destination> make() override {
    return make_jsonl_destination({folder_.path() / "people.jsonl"});
  }

  std::map<int, person> state() override {
    std::map<int, person> people;
    std::istringstream lines(content(folder_.path() / "people.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const auto delta = nlohmann::json::parse(line);
      const int id = delta.at("key").at("id");
      if (delta.at("op") == "delete") {
        CHECK(delta.at("row").is_null());
        people.erase(id);
      } else {
        people[id] = person_of(delta.at("row"));
      }
    }
    return people;
  }

  bool refuse_name(const std::string&) override { return false; }

  void break_target() override {
    std::filesystem::remove(folder_.path() / "people.jsonl");
    std::filesystem::create_directory(folder_.path() / "people.jsonl");
  }
  void mend_target() override { std::filesystem::remove(folder_.path() / "people.jsonl"); }

 private:
  temp_dir folder_;
};

/// A jsonl destination with system calls that a test can make fail.
struct faulty_file {
  temp_dir folder;
  std::filesystem::path path = folder.path() / "out.jsonl";
  file_calls calls = file_calls::real();

  std::unique_ptr<destination> open(std::stop_token stop = {}) {
    auto out = make_jsonl_destination({path}, calls);
    out->open(person_context(), std::move(stop));
    return out;
  }
};

const auto ada =
    R"({"op":"insert","key":{"id":1},"row":{"id":1,"name":"Ada","amount":1.50,"note":null}})"
    "\n";

person_batch ada_batch() { return person_batch().insert({1, "Ada", "1.50", std::nullopt}); }

/// What `call` throws, as text; "" if it throws nothing.
std::string failure_text(const std::function<void()>& call) {
  try {
    call();
  } catch (const failure& f) {
    CHECK(f.info().code == errc::destination_failed);
    return f.info().text();
  }
  return {};
}

}  // namespace

SLUICE_DESTINATION_CONTRACT("jsonl", jsonl_harness)

TEST_CASE("jsonl: a line is what the contract says") {
  faulty_file f;
  auto out = f.open();
  out->deliver(ada_batch());
  out->deliver(person_batch(2).update({1, "Ada \"L\"", "2.00", "x"}).erase(7));
  CHECK(
      content(f.path) ==
      std::string(ada) +
          R"({"op":"update","key":{"id":1},"row":{"id":1,"name":"Ada \"L\"","amount":2.00,"note":"x"}})"
          "\n"
          R"({"op":"delete","key":{"id":7},"row":null})"
          "\n");
}

TEST_CASE("jsonl: a delete that sets fields is an update of only those") {
  const temp_dir folder;
  const auto path = folder.path() / "out.jsonl";
  auto context = person_context();
  context.schema.fields[3].path = {"state", "note"};
  context.schema.fields[3].omit_null = true;
  context.on_delete = mapping::compile_on_delete(
      "people", {{{"state", "note"}, {"null"}}, {{"name"}, {"\"gone\""}}}, context.schema);
  auto out = make_jsonl_destination({path});
  out->open(context, {});
  CHECK(out->deliver(person_batch().insert({1, "Ada"}).erase(1)).fates ==
        std::vector(2, fate::delivered));
  CHECK(content(path) ==
        R"({"op":"insert","key":{"id":1},"row":{"id":1,"name":"Ada","amount":0.00,"state":{}}})"
        "\n"
        R"({"op":"update","key":{"id":1},"row":{"state":{"note":null},"name":"gone"}})"
        "\n");
}

TEST_CASE("jsonl: missing directories are created and others may not read") {
  temp_dir folder;
  const auto path = folder.path() / "a" / "b" / "out.jsonl";
  auto out = make_jsonl_destination({path});
  out->probe(person_context(), {});
  CHECK_FALSE(std::filesystem::exists(folder.path() / "a"));
  out->open(person_context(), {});
  out->deliver(ada_batch());
  CHECK(content(path) == ada);
  using std::filesystem::perms;
  CHECK((std::filesystem::status(path).permissions() & perms::others_all) == perms::none);
  CHECK((std::filesystem::status(path.parent_path()).permissions() & perms::others_all) ==
        perms::none);
}

TEST_CASE("jsonl: short writes and interruptions are carried on") {
  faulty_file f;
  unsigned calls = 0;
  f.calls.write = [&](int fd, const void* bytes, std::size_t size) -> ssize_t {
    if (++calls % 2 == 1) return errno = EINTR, -1;
    return ::write(fd, bytes, std::min<std::size_t>(size, 7));
  };
  CHECK(f.open()->deliver(ada_batch()).fates == std::vector{fate::delivered});
  CHECK(content(f.path) == ada);
  CHECK(calls > 10);
}

TEST_CASE("jsonl: a batch that does not fit on the disk leaves nothing behind") {
  faulty_file f;
  f.open()->deliver(ada_batch());
  bool full = true;
  f.calls.write = [&](int fd, const void* bytes, std::size_t size) -> ssize_t {
    if (!full) return ::write(fd, bytes, size);
    if (size > 10) return ::write(fd, bytes, 10);  // in the middle of a line
    return errno = ENOSPC, -1;
  };
  auto out = f.open();
  person_batch two(2);
  two.insert({2, "Bob"}).insert({3, "Cid"});
  const auto text = failure_text([&] { out->deliver(two); });
  CHECK(contains(text, f.path.string()));
  CHECK(contains(text, "No space left on device"));
  CHECK(contains(text, "free disk space"));
  CHECK(content(f.path) == ada);

  full = false;
  CHECK(out->deliver(two).fates == std::vector(2, fate::delivered));
}

TEST_CASE(
    "jsonl: a torn line that cannot be cut leaves its rows unknown and the next writer cuts it") {
  faulty_file f;
  f.open()->deliver(ada_batch());
  const auto real = f.calls;
  f.calls.write = [](int fd, const void* bytes, std::size_t size) -> ssize_t {
    return size > 10 ? ::write(fd, bytes, 10) : (errno = EIO, -1);
  };
  f.calls.truncate = [](int, off_t) { return errno = EIO, -1; };
  auto out = f.open();
  CHECK(out->deliver(person_batch(2).insert({2, "Bob"})).fates == std::vector{fate::unknown});
  CHECK(contains(failure_text([&] { out->deliver(ada_batch()); }), "Input/output error"));
  CHECK(content(f.path) != ada);

  f.calls = real;
  auto next = f.open();
  CHECK(content(f.path) == ada);
  CHECK(next->warnings().size() == 1);
}

TEST_CASE("jsonl: a failed fsync makes all unflushed rows unknown and is never tried again") {
  faulty_file f;
  std::atomic<int> syncs = 0;
  f.calls.sync = [&](int) { return ++syncs, errno = EIO, -1; };
  auto out = f.open();
  auto other = f.open();
  CHECK(out->deliver(ada_batch()).fates == std::vector{fate::unknown});
  CHECK(contains(failure_text([&] { out->deliver(ada_batch()); }), "Input/output error"));
  CHECK(contains(failure_text([&] { other->deliver(ada_batch()); }), "Input/output error"));
  CHECK(syncs == 1);

  f.calls = file_calls::real();
  CHECK(f.open()->deliver(ada_batch()).fates == std::vector{fate::delivered});
}

TEST_CASE("jsonl: nothing is delivered before it is on disk") {
  faulty_file f;
  std::string at_sync;
  f.calls.sync = [&](int fd) {
    at_sync = content(f.path);
    return ::fdatasync(fd);
  };
  f.open()->deliver(ada_batch());
  CHECK(at_sync == ada);
}

TEST_CASE("jsonl: writers that wait share the next fsync") {
  constexpr int writers = 8;
  faulty_file f;
  std::atomic<int> syncs = 0, written = 0;
  std::binary_semaphore all_written(0);
  f.calls.write = [&](int fd, const void* bytes, std::size_t size) {
    const auto done = ::write(fd, bytes, size);
    if (++written == writers) all_written.release();
    return done;
  };
  f.calls.sync = [&](int fd) {
    if (++syncs == 1) all_written.acquire();  // the first fsync lasts until everybody has written
    return ::fdatasync(fd);
  };
  std::vector<std::thread> threads;
  std::atomic<int> delivered = 0;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      auto out = f.open();
      if (out->deliver(ada_batch()).fates == std::vector{fate::delivered}) ++delivered;
    });
  for (auto& t : threads) t.join();
  CHECK(delivered == writers);
  // One more if the last writer had written, but not yet said so, when the first fsync ended.
  CHECK(syncs >= 2);
  CHECK(syncs <= 3);
}

TEST_CASE("jsonl: a torn last line is cut when the file is opened") {
  for (const std::string torn : {"{", R"({"op":"insert","key":{"id":2},"row":{"na)", R"({"op)"}) {
    CAPTURE(torn);
    faulty_file f;
    write_file(f.path, ada + torn);
    auto out = f.open();
    CHECK(content(f.path) == ada);
    out->deliver(ada_batch());
    CHECK(content(f.path) == std::string(ada) + ada);
    const auto warnings = out->warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(contains(warnings[0], std::to_string(torn.size()) + " bytes were cut"));
  }
}

TEST_CASE("jsonl: a long torn line and a file that is nothing else are cut") {
  faulty_file f;
  write_file(f.path, R"({"op":"insert","row":")" + std::string(300'000, 'x'));
  f.open();
  CHECK(content(f.path).empty());
  write_file(f.path, std::string(ada) + std::string(200'000, '\0'));  // what a power loss can leave
  f.open();
  CHECK(content(f.path) == ada);
}

TEST_CASE("jsonl: a file that somebody else wrote is never cut") {
  faulty_file f;
  const std::string foreign = R"({"settings": {"colour": "blue"}})";
  write_file(f.path, foreign);
  const auto text = failure_text([&] { f.open(); });
  CHECK(contains(text, "was not written by Sluice"));
  CHECK(content(f.path) == foreign);
}

TEST_CASE("jsonl: a line torn by another process while we run is cut before the next one") {
  faulty_file f;
  auto out = f.open();
  out->deliver(ada_batch());
  std::ofstream(f.path, std::ios::app) << R"({"op":"ins)";
  out->deliver(ada_batch());
  CHECK(content(f.path) == std::string(ada) + ada);
}

TEST_CASE("jsonl: a stop between two chunks takes the batch back") {
  faulty_file f;
  std::stop_source stop;
  f.calls.write = [&](int fd, const void* bytes, std::size_t size) {
    stop.request_stop();
    return ::write(fd, bytes, size);
  };
  auto out = f.open(stop.get_token());
  person_batch large;
  for (int id = 0; id < 40; ++id) large.insert({id, std::string(100'000, 'x')});
  CHECK(out->deliver(large).fates == std::vector(40, fate::undelivered));
  CHECK(content(f.path).empty());
}

TEST_CASE("jsonl: a batch of long lines is appended in pieces") {
  faulty_file file;
  auto out = file.open();
  // 8 MiB of them are rendered at a time; each of these is 6 MiB in JSON.
  const std::string control(1u << 20, '\x01');
  person_batch deltas;
  for (int i = 0; i < 5; ++i) deltas.insert({i, control, "1.00", std::nullopt});
  const auto outcome = out->deliver(deltas);
  CHECK(outcome.fates == std::vector<fate>(5, fate::delivered));
  const auto written = content(file.path);
  CHECK(written.size() > std::size_t{30} << 20);
  CHECK(std::ranges::count(written, '\n') == 5);
}

TEST_CASE("jsonl: a row of which JSON makes too much is rejected and the others are delivered") {
  faulty_file file;
  auto out = file.open();
  const std::string control(33u << 20, '\x01');
  person_batch deltas;
  for (int i = 0; i < 3; ++i) deltas.insert({i, i == 1 ? control : "y", "1.00", std::nullopt});
  const auto outcome = out->deliver(deltas);
  CHECK(outcome.fates == std::vector<fate>{fate::delivered, fate::rejected, fate::delivered});
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].index == 1);
  CHECK(outcome.rejections[0].reason == "the row makes a line of more than 192 MiB");
  CHECK(std::ranges::count(content(file.path), '\n') == 2);
}

TEST_CASE("jsonl: a stop ends the wait for another process's lock") {
  faulty_file f;
  std::stop_source stop;
  auto out = f.open(stop.get_token());
  const int other = ::open(f.path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  std::thread stopper([&] { stop.request_stop(); });
  CHECK(out->deliver(ada_batch()).fates == std::vector{fate::undelivered});
  stopper.join();
  ::close(other);
  CHECK(content(f.path).empty());
}

TEST_CASE("jsonl: a stop while another writer syncs leaves the rows unknown") {
  faulty_file f;
  std::binary_semaphore syncing(0), go_on(0);
  std::atomic<bool> first = true;
  f.calls.sync = [&](int fd) {
    if (first.exchange(false)) {
      syncing.release();
      go_on.acquire();
    }
    return ::fdatasync(fd);
  };
  std::thread leader([&] { CHECK(f.open()->deliver(ada_batch()).fates[0] == fate::delivered); });
  syncing.acquire();
  std::stop_source stop;
  auto out = f.open(stop.get_token());
  std::thread stopper([&] {
    while (content(f.path).size() < 2 * std::string(ada).size()) std::this_thread::yield();
    stop.request_stop();
  });
  CHECK(out->deliver(ada_batch()).fates == std::vector{fate::unknown});
  stopper.join();
  go_on.release();
  leader.join();
}

TEST_CASE("jsonl: what is no file is refused in plain words") {
  temp_dir folder;
  const auto open = [&](const std::filesystem::path& path) {
    return failure_text([&] { make_jsonl_destination({path})->open(person_context(), {}); });
  };
  CHECK(contains(open(folder.path()), "Is a directory"));
  const auto fifo = folder.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(contains(open(fifo), "not a regular file"));
  write_file(folder.path() / "file", "\n");
  CHECK(contains(open(folder.path() / "file" / "out.jsonl"), "Not a directory"));
  CHECK(contains(open("/proc/sluice/out.jsonl"), "/proc/sluice"));
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  CHECK(contains(open(folder.path() / "loop"), "circle"));
}

TEST_CASE("jsonl: a link to a file that is not there yet creates it") {
  temp_dir folder;
  std::filesystem::create_symlink("real.jsonl", folder.path() / "link.jsonl");
  auto out = make_jsonl_destination({folder.path() / "link.jsonl"});
  out->open(person_context(), {});
  out->deliver(ada_batch());
  CHECK(content(folder.path() / "real.jsonl") == ada);
}

TEST_CASE("jsonl: values that JSON cannot hold are warned of") {
  temp_dir folder;
  auto out = make_jsonl_destination({folder.path() / "out.jsonl"});
  auto context = person_context();
  context.schema.fields = {{{"x"}, value_kind::real, "x"}};
  out->open(context, {});
  CHECK(out->warnings().empty());
  std::string key, row;
  append_value(key, value_kind::integer, "1");
  append_value(row, value_kind::real, "NaN");
  batch deltas(1);
  deltas.append(operation::insert, {}, {}, key, row);
  out->deliver(deltas);
  REQUIRE(out->warnings().size() == 1);
  CHECK(contains(out->warnings()[0], ": 1 times"));
  CHECK(contains(content(folder.path() / "out.jsonl"), R"("row":{"x":null})"));
}
