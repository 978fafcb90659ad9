// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program (LD_PRELOAD), lets one of its calls that write into a folder go wrong:
//   FAIL_FOLDER  the folder; calls are counted that open, write, sync or rename a file in it
//   FAIL_LOG     a file that gets a line for each: number, name and path
//   FAIL_CALL    number of the call at which it happens, from 1
//   FAIL_ACTION  kill   the process is killed before the call
//                half   it is killed after half of what was to be written
//                full   half is written, and from then on nothing more: the disk is full
//                frozen from then on the folder is read-only
//                vanish the folder is moved away, to FAIL_FOLDER.gone
//                INT, TERM, STOP  the process gets this signal
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string setting(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

std::string path_of(int descriptor) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = readlink(link.c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
}

/// The error that a call gets instead of being made; 0: it is made. `half` is set where half of it
/// is.
int error_of(const char* name, const std::string& path, bool& half) {
  static const std::string folder = setting("FAIL_FOLDER"), action = setting("FAIL_ACTION"),
                           log = setting("FAIL_LOG");
  static const int when = atoi(setting("FAIL_CALL").c_str());
  static std::atomic<int> calls{0};
  half = false;
  if (folder.empty() || path.compare(0, folder.size(), folder) != 0) return 0;
  const int call = ++calls;
  if (!log.empty()) {
    FILE* lines = real<FILE*(const char*, const char*)>("fopen64")(log.c_str(), "a");
    fprintf(lines, "%d %s %s\n", call, name, path.c_str());
    fclose(lines);
  }
  const bool writes = std::strncmp(name, "write", 5) == 0;
  if (action == "full" && when > 0 && call >= when && writes) {
    half = call == when;
    return ENOSPC;
  }
  if (action == "frozen" && when > 0 && call >= when && !writes) return EROFS;
  if (call != when) return 0;
  if (action == "kill") raise(SIGKILL);
  if (action == "half") half = true;
  if (action == "INT") raise(SIGINT);
  if (action == "TERM") raise(SIGTERM);
  if (action == "STOP") raise(SIGSTOP);
  if (action == "vanish")
    real<int(const char*, const char*)>("rename")(folder.c_str(), (folder + ".gone").c_str());
  return 0;
}

/// A call that writes `size` bytes. @param write writes as many as it is told to
template <typename Write>
ssize_t writing(const char* name, int descriptor, size_t size, const Write& write) {
  bool half = false;
  const int error = error_of(name, path_of(descriptor), half);
  if (half) {
    const ssize_t written = write(size / 2);
    if (error == 0) raise(SIGKILL);
    if (written > 0) return written;
  }
  if (error == 0) return write(size);
  errno = error;
  return -1;
}

/// Any other call.
template <typename Result, typename Call>
Result calling(const char* name, const std::string& path, Result failure, const Call& call) {
  bool half = false;
  const int error = error_of(name, path, half);
  if (error == 0) return call();
  errno = error;
  return failure;
}

FILE* opening(const char* function, const char* path, const char* mode) {
  const auto call = [&] { return real<FILE*(const char*, const char*)>(function)(path, mode); };
  if (std::strchr(mode, 'w') == nullptr) return call();
  return calling<FILE*>("open", path, nullptr, call);
}

}  // namespace

extern "C" {

FILE* fopen(const char* path, const char* mode) {
  return opening("fopen", path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  return opening("fopen64", path, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return writing("write", descriptor, size, [&](size_t count) {
    return real<ssize_t(int, const void*, size_t)>("write")(descriptor, bytes, count);
  });
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return writing("writev", descriptor, bytes.size(), [&](size_t size) {
    return real<ssize_t(int, const void*, size_t)>("write")(descriptor, bytes.data(), size);
  });
}

int fsync(int descriptor) {
  return calling("fsync", path_of(descriptor), -1,
                 [&] { return real<int(int)>("fsync")(descriptor); });
}

int rename(const char* from, const char* to) noexcept {
  return calling("rename", from, -1,
                 [&] { return real<int(const char*, const char*)>("rename")(from, to); });
}

}  // extern "C"
