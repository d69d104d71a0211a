#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <unistd.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

TEST_CASE("a valid node is read with its paths made absolute") {
  const config_folder folder;
  folder.patch_node(R"({"max_running_syncs": 3, "log": {"level": "debug", "format": "json"}})");
  const auto node = folder.valid();
  const auto state = folder.path().parent_path() / "state";
  CHECK(node.name == "a");
  CHECK(node.file == folder.path() / "node.json");
  CHECK(node.state_dir == state);
  CHECK(node.listen == std::vector<std::string>{"unix:" + (state / "sluice.sock").string()});
  CHECK(node.max_running_syncs == 3);
  CHECK(node.log == log::options{log::level::debug, log::format::json});
  CHECK(node.connections.size() == 1);
}

TEST_CASE("all keys of the node but state_dir have defaults") {
  const config_folder folder;
  folder.write("node.json", R"({"state_dir": "s"})");
  const auto node = folder.valid();
  CHECK_FALSE(node.name.empty());
  CHECK(node.listen ==
        std::vector<std::string>{"unix:" + (folder.path() / "s/sluice.sock").string()});
  CHECK(node.max_running_syncs == 8);
  CHECK(node.log == log::options{log::level::info, log::format::text});
  CHECK(node.connections.contains("customers"));
  CHECK(folder.problems_with_node(R"({"state_dir": null})") ==
        "node.json:/state_dir: is missing; name the folder that keeps ledgers and catalog: "
        "\"../state\"\n");
}

TEST_CASE("a hundred thousand wrong keys are read in no time, and counted") {
  const config_folder folder;
  const auto members = [](const char* name, const char* value) {
    std::string out;
    for (int i = 0; i < 100'000; ++i)
      out += (i == 0 ? "\"" : ",\"") + (name + std::to_string(i)) + "\":" + value;
    return out;
  };
  const auto begin = std::chrono::steady_clock::now();
  folder.write("node.json", "{" + members("wrong", "1") + "}");
  const auto found = folder.load().problems;
  REQUIRE(found.size() == 101);
  CHECK(found[0].message == "unknown key \"wrong0\"");
  CHECK(found[100].message == "… and 99901 more problems");  // one is missing
  const config_folder other;
  other.write("connections/customers.json",
              R"({"destination": {"kind": "http", "headers": {)" + members("X-", "1") + R"(},
          "upsert": {"method": "POST", "url": "http://a/", "body": "{{rows}}"}}})");
  const auto text = other.problems();
  CHECK(text.find("/destination/headers/X-50: is a number; it must be a string") !=
        std::string::npos);
  CHECK(text.find("more problems") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("what of a node needs a restart is known by its keys, whatever it is written as") {
  const config_folder folder;
  const auto before = folder.valid();
  const auto changed = [&](const std::string& patch) {
    folder.patch_node(patch);
    return config::changed_fixed_settings(before, folder.valid());
  };
  using keys = std::vector<std::string>;
  CHECK(changed("{}").empty());
  CHECK(changed(R"({"max_running_syncs": 8, "heartbeat": {"every": "10000ms"}})").empty());
  CHECK(changed(R"({"node": "b", "state_dir": "../other"})") == keys{"node", "state_dir"});
  CHECK(changed(R"({"log": {"level": "debug"}, "retention": {"runs": "1d"}})") ==
        keys{"log", "retention"});
  CHECK(changed(R"({"http": {"listen": "127.0.0.1:9464"}})") == keys{"http"});
  CHECK(changed(R"({"notify": [{"on": ["failed"], "url": "https://a.example/"}]})").empty());
}

TEST_CASE("a list of a million elements is refused as a whole") {
  const config_folder folder;
  std::string columns = "\"c\"";
  for (int i = 0; i < 10'000; ++i) columns += ",\"c\"";
  CHECK(folder.problems_with(R"({"source": {"key": [)" + columns + "]}}") ==
        "connections/customers.json:/source/key: has 10001 elements; it may have 10000\n");
  CHECK(folder.problems_with(R"({"source": {"key": [)" + columns.substr(0, 101 * 4 - 1) + "]}}") ==
        "connections/customers.json:/source/key: has 101 columns; it may have 100\n");
}

TEST_CASE("unknown keys of the node are reported with the nearest known one") {
  const config_folder folder;
  CHECK(folder.problems_with_node(R"({"state-dir": "x", "log": {"levle": "info"}})") ==
        "node.json:/state-dir: unknown key \"state-dir\"; did you mean \"state_dir\"?\n"
        "node.json:/log/levle: unknown key \"levle\"; did you mean \"level\"?\n");
  CHECK(folder.problems_with_node(R"({"port": 1})") ==
        "node.json:/port: unknown key \"port\"; known here: \"node\", \"state_dir\", "
        "\"insecure\", \"listen\", \"peers\", \"tls\", \"heartbeat\", \"http\", \"api\", "
        "\"max_running_syncs\", \"log\", \"retention\", \"credentials\", \"accounts\", "
        "\"notify\", "
        "\"connections\"\n");
}

TEST_CASE("wrong types of the node are reported with what they are and must be") {
  const config_folder folder;
  CHECK(folder.problems_with_node(
            R"({"node": 1, "listen": "unix:a", "state_dir": [], "connections": true,
                "max_running_syncs": "8", "log": []})") ==
        "node.json:/node: is a number; it must be a string\n"
        "node.json:/state_dir: is an array; it must be a string\n"
        "node.json:/listen: is a string; it must be an array: [\"unix:../state/sluice.sock\"]\n"
        "node.json:/max_running_syncs: is a string; it must be a whole number from 1 to 10000\n"
        "node.json:/log: is an array; it must be an object\n"
        "node.json:/connections: is a boolean; it must be a string\n");
  folder.write("node.json", "[]");
  CHECK(folder.problems() == "node.json: is an array; it must be an object\n");
}

TEST_CASE("numbers of the node have ranges") {
  const config_folder folder;
  for (const auto* number : {"0", "10001", "-1", "1.5", "1e30", "18446744073709551615"})
    CHECK(folder.problems_with_node(R"({"max_running_syncs": )" + std::string(number) + "}")
              .find("/max_running_syncs: ") != std::string::npos);
  CHECK(folder.problems_with_node(R"({"max_running_syncs": 0})") ==
        "node.json:/max_running_syncs: 0 is not allowed; it must be a whole number from 1 to "
        "10000\n");
  CHECK(folder.problems_with_node(R"({"max_running_syncs": 10000})").empty());
}

TEST_CASE("how long the past is kept is read, has defaults and has bounds") {
  using namespace std::chrono_literals;
  const config_folder folder;
  CHECK(folder.valid().retention == config::retention_config{24h * 90, 24h * 90, 10'000});
  folder.patch_node(R"({"retention": {"runs": "1h", "rejected": "7d", "most_runs": 5}})");
  CHECK(folder.valid().retention == config::retention_config{1h, 24h * 7, 5});
  const config_folder partly;
  partly.patch_node(R"({"retention": {"runs": "1h"}})");
  CHECK(partly.valid().retention == config::retention_config{1h, 24h * 90, 10'000});
  CHECK(folder.problems_with_node(R"({"retention": {"run": "1d"}})") ==
        "node.json:/retention/run: unknown key \"run\"; did you mean \"runs\"?\n");
  CHECK(folder.problems_with_node(
            R"({"retention": {"runs": "59m", "rejected": 90, "most_runs": 0}})") ==
        "node.json:/retention/runs: \"59m\" is not allowed; it must be from 1h to 36500d\n"
        "node.json:/retention/rejected: is a number; it must be a duration in quotes, for example "
        "\"30s\"\n"
        "node.json:/retention/most_runs: 0 is not allowed; it must be a whole number from 1 to "
        "1000000\n");
  CHECK(folder.problems_with_node(R"({"retention": "90d"})") ==
        "node.json:/retention: is a string; it must be an object\n");
}

TEST_CASE("a word that is not known is reported with the nearest one") {
  const config_folder folder;
  CHECK(folder.problems_with_node(R"({"log": {"level": "warn", "format": "yaml"}})") ==
        "node.json:/log/level: \"warn\" is not known; did you mean \"warning\"?\n"
        "node.json:/log/format: \"yaml\" is not known; known here: \"text\", \"json\"\n");
}

TEST_CASE("the name of a node is checked") {
  const config_folder folder;
  CHECK(
      folder.problems_with_node(R"({"node": "a/b"})") ==
      "node.json:/node: \"a/b\" cannot be a name; a name has 1 to 100 letters, digits, '.', '_' or "
      "'-' and does not begin with '.', since it names a directory\n");
}

TEST_CASE("a node listens on Unix sockets and on TLS ports") {
  const config_folder folder;
  CHECK(
      folder.problems_with_node(R"({"listen": ["unix:a", "tcp:0.0.0.0:4000", "unix:"]})") ==
      "node.json:/listen/1: \"tcp:0.0.0.0:4000\" would let anybody send commands; nodes listen on "
      "TCP with certificates only: write \"tls:HOST:PORT\" and add \"tls\"\n"
      "node.json:/listen/2: \"unix:\" is not an address: the path is missing; an address is "
      "unix:PATH, for example unix:state/sluice.sock, or tls:HOST:PORT, for example "
      "tls:b.example:4600\n");
  CHECK(folder.problems_with_node(R"({"listen": ["tls:0.0.0.0:4600"]})") ==
        "node.json:/tls: is missing; write \"tls\": {\"certificate\": PATH, \"key\": PATH, \"ca\": "
        "PATH} in PEM form\n");
  CHECK(folder.problems_with_node(
            R"({"listen": ["tls:[::1]:4600"],
                "tls": {"certificate": "a.pem", "key": "a.key", "ca": "ca.pem"}})") == "");
  CHECK(
      folder.problems_with_node(R"({"listen": ["tcp:127.0.0.1:4000"]})") ==
      "node.json:/listen/0: \"tcp:127.0.0.1:4000\" lets every user of this machine send commands; "
      "write \"tls:HOST:PORT\" and add \"tls\", or say \"insecure\": true\n");
  CHECK(folder.problems_with_node(R"({"listen": ["tcp:[::1]:4000"], "insecure": true})").empty());
  CHECK_FALSE(
      folder.problems_with_node(R"({"listen": ["tcp:0.0.0.0:4000"], "insecure": true})").empty());
  CHECK(folder.problems_with_node(R"({"listen": []})") ==
        "node.json:/listen: is empty; for example [\"unix:../state/sluice.sock\"]\n");
  CHECK(folder.problems_with_node(R"({"listen": ["unix:a", "unix:./a"]})") ==
        "node.json:/listen/1: \"unix:./a\" is listed twice; list every address once\n");
}

TEST_CASE("peers are dialled with certificates, each once") {
  const config_folder folder;
  CHECK(
      folder.problems_with_node(
          R"({"peers": ["unix:a", "tcp:127.0.0.1:1", "tls:b:1", "tls:b:1", "tls:c"],
                "tls": {"certificate": "a.pem", "key": "a.key", "ca": "ca.pem"}})") ==
      "node.json:/peers/0: \"unix:a\" is not protected; nodes talk to each other with "
      "certificates: write \"tls:HOST:PORT\"\n"
      "node.json:/peers/1: \"tcp:127.0.0.1:1\" is not protected; nodes talk to each other with "
      "certificates: write \"tls:HOST:PORT\"\n"
      "node.json:/peers/3: \"tls:b:1\" is listed twice; list every peer once\n"
      "node.json:/peers/4: \"tls:c\" is not an address: it has no port from 1 to 65535; an address "
      "is unix:PATH, for example unix:state/sluice.sock, or tls:HOST:PORT, for example "
      "tls:b.example:4600\n");
  CHECK(folder.problems_with_node(R"({"peers": ["tls:b:1"]})") ==
        "node.json:/tls: is missing; write \"tls\": {\"certificate\": PATH, \"key\": PATH, \"ca\": "
        "PATH} in PEM form\n");
}

TEST_CASE("heartbeats are often enough for a single late one to be forgiven") {
  const config_folder folder;
  CHECK(folder.problems_with_node(R"({"heartbeat": {"every": "1s", "dead_after": "2s"}})").empty());
  CHECK(folder.problems_with_node(R"({"heartbeat": {"every": "2s", "dead_after": "3s"}})") ==
        "node.json:/heartbeat: a single heartbeat that is late would cut a healthy link; make "
        "\"dead_after\" at least twice \"every\"\n");
  CHECK_FALSE(folder.problems_with_node(R"({"heartbeat": {"every": "10ms"}})").empty());
  CHECK_FALSE(folder.problems_with_node(R"({"heartbeat": {"dead_after": "1s"}})").empty());
}

TEST_CASE("a socket path may have 107 bytes and no more") {
  const config_folder folder;
  const auto of_length = [](std::size_t n) {
    return R"({"listen": ["unix:/)" + std::string(n - 1, 'x') + R"("]})";
  };
  CHECK(folder.problems_with_node(of_length(107)).empty());
  CHECK(folder.problems_with_node(of_length(108)).find("the path has 108 bytes") !=
        std::string::npos);
  // Relative to the file's folder it is longer than it looks.
  CHECK(folder.problems_with_node(R"({"listen": ["unix:)" + std::string(105, 'x') + R"("]})")
            .find("node.json:/listen/0: the socket's absolute path is ") == 0);
  const auto long_state = R"({"listen": null, "state_dir": "/)" + std::string(100, 'x') + R"("})";
  CHECK(folder.problems_with_node(long_state)
            .find("node.json:/listen: is missing, and the socket's default path in state_dir is "
                  "113 bytes") == 0);
}

TEST_CASE("a pattern that matches nothing gives a node without connections") {
  const config_folder folder;
  folder.remove("connections/customers.json");
  CHECK(folder.valid().connections.empty());
  folder.remove("connections");
  folder.patch_node(R"({"connections": null})");
  CHECK(folder.valid().connections.empty());
}

TEST_CASE("connections that were named and are not there are a problem") {
  const config_folder folder;
  CHECK(folder.problems_with_node(R"({"connections": "connections/costumers.json"})") ==
        "node.json:/connections: there is no file \"connections/costumers.json\"; name a file, or "
        "several with a pattern such as \"connections/*.json\"\n");
  CHECK(folder.problems_with_node(R"({"connections": "conections/*.json"})") ==
        "node.json:/connections: the folder of \"conections/*.json\" does not exist or cannot be "
        "read; paths are relative to the file that names them\n");
  CHECK(folder.problems_with_node(R"({"connections": "connections/customers.json"})").empty());
}

TEST_CASE("patterns may be absolute and reach over folders and around special characters") {
  const config_folder folder;
  const auto text =
      config::load(folder.path() / "node.json").config->connections.at("customers").file;
  folder.write("team [1]/a/one.json", "{}");  // invalid on purpose: its problems name the file
  folder.patch_node(R"({"connections": "team */?/*.json"})");
  CHECK(folder.problems().find("team [1]/a/one.json:/source: is missing") == 0);
  folder.write("we?rd [x]/node.json", R"({"state_dir": "s", "connections": "*/*.json"})");
  std::filesystem::create_directories(folder.path() / "we?rd [x]/sub/x");
  std::filesystem::copy(text, folder.path() / "we?rd [x]/sub/c.json");
  const auto loaded = config::load(folder.path() / "we?rd [x]/node.json");
  REQUIRE(loaded.config);
  CHECK(loaded.config->connections.contains("c"));
  folder.patch_node(R"({"connections": ")" + folder.path().string() + R"(/connections/c*.json"})");
  CHECK(folder.valid().connections.size() == 1);
}

TEST_CASE("a folder that the pattern matches is reported as what it is") {
  const config_folder folder;
  std::filesystem::create_directory(folder.path() / "connections/sub.json");
  CHECK(folder.problems() == "connections/sub.json: cannot be read: is a directory\n");
}

TEST_CASE("strings of the node are resolved when it is read") {
  const config_folder folder;
  const test::variable state("SLUICE_TEST_STATE", "/var/lib/x");
  folder.patch_node(R"({"state_dir": "${env:SLUICE_TEST_STATE}/s"})");
  CHECK(folder.valid().state_dir == "/var/lib/x/s");
  CHECK(
      folder.problems_with_node(
          R"({"state_dir": "${env:SLUICE_TEST_UNSET}/${env:SLUICE_TEST_UNSET_TOO}"})") ==
      "node.json:/state_dir: ${env:SLUICE_TEST_UNSET}: the environment variable is not set; set it "
      "in the environment of the node\n"
      "node.json:/state_dir: ${env:SLUICE_TEST_UNSET_TOO}: the environment variable is not set; "
      "set "
      "it in the environment of the node\n");
  CHECK(folder.problems_with_node(R"({"state_dir": "${HOME}/s"})") ==
        "node.json:/state_dir: has a ${…} that is none of ${env:NAME}, ${file:PATH}, "
        "${exec:PROGRAM}; write $${ "
        "for "
        "a literal ${\n");
}

TEST_CASE("what a reference resolves to is not quoted in a problem") {
  const config_folder folder;
  const test::variable secret("SLUICE_TEST_SECRET", "canary/\xff");
  const auto problems = folder.problems_with_node(
      R"({"node": "${env:SLUICE_TEST_SECRET}", "listen": ["${env:SLUICE_TEST_SECRET}"],
          "log": {"level": "${env:SLUICE_TEST_SECRET}"}, "state_dir": "a\u0000b"})");
  CHECK(problems.find("node.json:/node: ") != std::string::npos);
  CHECK(problems.find("node.json:/listen/0: resolves to text that is not UTF-8") !=
        std::string::npos);
  CHECK(problems.find("node.json:/state_dir: holds a zero byte") != std::string::npos);
  CHECK(problems.find("canary") == std::string::npos);
}
