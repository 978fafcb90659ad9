// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "core/files/input_file.hpp"  // what is written is often read back

namespace gmtrain {

/// Lets `write` fill a temporary file in the folder of `path`, then renames it to `path`: a reader
/// sees the old file or the whole new one, never a part. The temporary name keeps the extension of
/// `path`, for writers that choose a format by it. That holds for a loss of power too: the file is
/// on the disk before it is renamed, and its name when this returns. What killed processes left of
/// writing `path` is removed.
///
/// When `write` throws, the temporary file is removed, the exception passes and `path` is as it
/// was. Where at last the folder cannot be brought to the disk, `path` is the new file all the
/// same. Throws std::filesystem::filesystem_error if `write` left no file or the rename fails.
/// `write` must itself report what it could not write: a stream that failed in silence is not
/// noticed here.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::filesystem::path& temporary)>& write);

/// Writes `contents` byte for byte, by write_atomically. Throws std::filesystem::filesystem_error
/// naming `path` if it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view contents);

/// Writes a file where nobody reads yet, as in the folder that write_folder() gives: there it need
/// not be in one step, and many files are not waited for one by one. Throws as write_file() does.
void write_new_file(const std::filesystem::path& path, std::string_view contents);

/// Lets `write` fill an empty folder, `folder`.unfinished, which then takes the place of `folder`
/// and all that was in it. On failure the exception passes and `folder` is as it was. A loss of
/// power may take what was written last.
void write_folder(const std::filesystem::path& folder,
                  const std::function<void(const std::filesystem::path& unfinished)>& write);

}  // namespace gmtrain
