#include "runtime/schedule/zone_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temp_dir.hpp"

using namespace sluice;
using schedule::leap_seconds;
using schedule::zone_file_damage;
using schedule::zone_file_problem;

namespace {

std::string content_of(const std::string& zone) {
  std::ifstream in("/usr/share/zoneinfo/" + zone, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string number(std::uint64_t n, std::size_t bytes) {
  std::string out;
  while (bytes-- > 0) out += static_cast<char>(n >> 8 * bytes & 0xff);
  return out;
}

/// A file of version 1 with one time and two types.
struct small_zone {
  std::uint64_t times = 1;
  std::uint64_t types = 2;
  std::uint64_t letters = 8;
  std::string index{'\1'};
  std::uint64_t offset = 3600;
  char abbreviation = '\4';

  [[nodiscard]] std::string text() const {
    return "TZif" + std::string(16, '\0') + number(0, 4) + number(0, 4) + number(0, 4) +
           number(times, 4) + number(types, 4) + number(letters, 4) + number(1000, 4) + index +
           number(0, 4) + std::string(2, '\0') + number(offset, 4) + '\1' + abbreviation +
           std::string("LMT\0CET", 8);
  }
};

}  // namespace

TEST_CASE("the files of the system are fine") {
  for (const auto* zone :
       {"Europe/Zurich", "America/Sao_Paulo", "Pacific/Apia", "Etc/GMT+1", "UTC"})
    CHECK_MESSAGE(zone_file_problem(content_of(zone)) == "", zone);
  CHECK(zone_file_problem(small_zone{}.text()) == "");
}

TEST_CASE("a file that is cut off anywhere is damaged") {
  const auto whole = content_of("Europe/Zurich");
  const auto end = whole.rfind("\n", whole.size() - 2);  // the rule behind the data is not used
  REQUIRE(end != std::string::npos);
  for (std::size_t size = 0; size < end; ++size)
    CHECK_MESSAGE(zone_file_problem(whole.substr(0, size)) == "it ends too early", size);
}

TEST_CASE("what a file says must be there") {
  auto with = [](auto change) {
    small_zone zone;
    change(zone);
    return zone_file_problem(zone.text());
  };
  CHECK(with([](auto& z) { z.times = 0xffffffff; }) == "it ends too early");
  CHECK(with([](auto& z) { z.letters = 0xffffffff; }) == "it ends too early");
  CHECK(with([](auto& z) { z.index = "\2"; }) ==
        "it names a type of local time that it does not have");
  CHECK(with([](auto& z) { z.offset = 400'000; }) == "it has an offset of more than 26 hours");
  CHECK(with([](auto& z) { z.abbreviation = '\x08'; }) == "its names have no end");
  CHECK(with([](auto& z) {
          z.times = 0;
          z.types = 0;
        }) == "it has no type of local time");
  CHECK(zone_file_problem(std::string(4096, 'x')) == "it describes no time zone");
  CHECK(zone_file_problem(std::string(4096, '\0')) == "it describes no time zone");
}

TEST_CASE("a file with leap seconds is no zone") {
  const auto right = content_of("right/Europe/Zurich");
  if (right.empty()) return;  // not every system has them
  CHECK(zone_file_problem(right) == "it counts leap seconds");
  CHECK(zone_file_problem(right, leap_seconds::any) == "");
}

TEST_CASE("what is no small file is not waited for") {
  const test::temp_dir folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(zone_file_damage(pipe) == "is not a regular file");
  CHECK(zone_file_damage(folder.path() / "absent") == "No such file or directory");
  CHECK(zone_file_damage(std::filesystem::path("/dev/zero")) == "is not a regular file");
}
