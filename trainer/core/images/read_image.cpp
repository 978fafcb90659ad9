#include "core/images/read_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <string_view>

#include "core/files/atomic_file.hpp"

namespace gmtrain {
namespace {

/// Whether a JPEG file has its end-of-image marker. It may be followed by a little of something
/// else, and compressed data cannot hold its bytes.
bool has_end(std::string_view bytes) {
  constexpr size_t kTail = 1024;
  return bytes.substr(bytes.size() - std::min(bytes.size(), kTail)).find("\xff\xd9") !=
         std::string_view::npos;
}

}  // namespace

cv::Mat read_image(const std::string& file, int flags) {
  std::string bytes;
  try {
    bytes = read_file(file);
  } catch (const std::filesystem::filesystem_error& error) {
    throw ImageError(fmt::format("{}: cannot be read: {}", file, error.code().message()));
  }
  if (bytes.empty()) throw ImageError(fmt::format("{}: the file is empty", file));
  if (bytes.compare(0, 2, "\xff\xd8") == 0 && !has_end(bytes)) {
    throw ImageError(fmt::format("{}: the JPEG file is cut short", file));
  }
  cv::Mat image;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1, bytes.data());
    image = cv::imdecode(buffer, flags);
  } catch (const cv::Exception& error) {
    throw ImageError(fmt::format("{}: {}", file, error.err));
  }
  if (image.empty()) throw ImageError(fmt::format("{}: expected an image that OpenCV reads", file));
  return image;
}

}  // namespace gmtrain
