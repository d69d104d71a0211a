#include "runtime/destinations/jsonl/file_errors.hpp"

#include <cerrno>

#include "runtime/os/system_error.hpp"

namespace sluice::destinations {
namespace {

const char* hint_for(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return "give the user that runs the node permission to write there";
    case ENOSPC:
    case EDQUOT:
      return "free disk space; the next run delivers what is missing";
    case EFBIG:
      return "the file reached its size limit: raise the limit or move the file away";
    case EROFS:
      return "the file system is mounted read-only";
    case EISDIR:
      return "destination.path must name a file, not a directory";
    case ENOTDIR:
      return "a part of destination.path is not a directory";
    case ENAMETOOLONG:
      return "shorten destination.path";
    case ELOOP:
      return "destination.path runs in a circle of symbolic links";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (LimitNOFILE)";
    case EIO:
      return "check the disk and the kernel log; the next run delivers what is missing";
    default:
      return "the next run delivers what is missing";
  }
}

}  // namespace

error file_error(std::string operation, const std::filesystem::path& path, int error_number) {
  return {errc::destination_failed, std::move(operation), path.string(), os::reason(error_number),
          hint_for(error_number)};
}

}  // namespace sluice::destinations
