// Images from folders, and what the model says of them.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace samples {

inline std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

inline std::string base_name(const std::string& path) {
  const std::string trimmed = without_trailing_slash(path);
  return trimmed.substr(trimmed.find_last_of('/') + 1);
}

inline std::string parent_folder(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

inline bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

/// What lies in a folder in order of the names, without what is hidden.
inline std::vector<std::filesystem::directory_entry> visible_entries(const std::string& folder) {
  std::vector<std::filesystem::directory_entry> entries;
  for (const auto& entry : std::filesystem::directory_iterator(without_trailing_slash(folder))) {
    if (entry.path().filename().string()[0] != '.') entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// The files of a folder, or the one file that `path` is.
inline std::vector<std::string> image_files(const std::string& path) {
  if (!is_folder(path)) return {path};
  using Type = std::filesystem::file_type;
  std::vector<std::string> files;
  for (const auto& entry : visible_entries(path)) {
    // A link to nowhere is reported when it is read; a pipe would be waited for.
    std::error_code ignored;
    const Type type = entry.status(ignored).type();
    const bool is_file = type == Type::regular || type == Type::not_found || type == Type::none;
    if (is_file) files.push_back(entry.path().string());
  }
  return files;
}

/// The image of a file; empty, and reported, where it cannot be read.
inline cv::Mat read_or_report(const std::string& file) {
  try {
    return cv::dnn_gm::readImage(file);
  } catch (const cv::Exception& error) {
    std::cerr << error.err << std::endl;
    return {};
  }
}

/// What a batch of images may take of memory before it ends early: a folder of large photographs is
/// not held as a whole.
constexpr size_t kBatchBytes = size_t{64} << 20;

/// Calls use(images) for each `batch` images, fewer where they reach kBatchBytes and at the end;
/// what cannot be read is reported and left out.
/// @returns the files that were read
template <class Use>
std::vector<std::string> for_each_batch(const std::vector<std::string>& files, size_t batch,
                                        Use use) {
  std::vector<std::string> read;
  std::vector<cv::Mat> images;
  size_t bytes = 0;
  for (const std::string& file : files) {
    const cv::Mat image = read_or_report(file);
    if (image.empty()) continue;
    read.push_back(file);
    images.push_back(image);
    bytes += image.total() * image.elemSize();
    if (images.size() == batch || bytes >= kBatchBytes) {
      use(images);
      images.clear();
      bytes = 0;
    }
  }
  if (!images.empty()) use(images);
  return read;
}

/// Reports folders in which nothing could be read.
/// @param counts  of images read, for each file or folder
/// @throws std::runtime_error if there are none at all
inline void check_read(const std::vector<std::string>& paths, const std::vector<size_t>& counts) {
  const std::string nothing = ": no image could be read";
  if (std::count(counts.begin(), counts.end(), 0U) == static_cast<int64_t>(paths.size())) {
    const std::string others =
        paths.size() > 1 ? " and " + std::to_string(paths.size() - 1) + " more" : "";
    throw std::runtime_error(paths.at(0) + others + nothing);
  }
  for (size_t i = 0; i < paths.size(); ++i) {
    if (counts[i] == 0 && is_folder(paths[i])) std::cerr << paths[i] << nothing << std::endl;
  }
}

/// The images of one argument, which is a folder or a single image.
struct ImageSet {
  std::string name;
  std::vector<std::string> files;
  std::vector<cv::dnn_gm::Verdict> verdicts;  ///< one for each file

  size_t accepted() const {
    return static_cast<size_t>(std::count_if(verdicts.begin(), verdicts.end(),
                                             [](const auto& verdict) { return verdict.accepted; }));
  }
  size_t refused() const { return verdicts.size() - accepted(); }
};

/// Says on the side of images of which p-values promise nothing.
inline ImageSet classify(cv::dnn_gm::OpenSetClassifier& classifier, const std::string& path,
                         size_t batch) {
  ImageSet set;
  set.name = base_name(path);
  size_t unlike = 0;
  std::string first;
  set.files = for_each_batch(image_files(path), batch, [&](const std::vector<cv::Mat>& images) {
    const auto verdicts = classifier.classifyBatch(images);
    set.verdicts.insert(set.verdicts.end(), verdicts.begin(), verdicts.end());
    for (const cv::Mat& image : images) {
      const std::string said = classifier.unlikeCalibration(image);
      if (!said.empty() && unlike++ == 0) first = said;
    }
  });
  if (unlike > 0) {
    std::cerr << set.name << ": " << unlike << " of " << set.files.size()
              << " images are unlike all that the model was calibrated on; of the first " << first
              << std::endl;
  }
  return set;
}

/// A line for each image.
inline void print_verdicts(const ImageSet& set, const char* accepted = "accepted",
                           const char* refused = "refused") {
  for (size_t i = 0; i < set.files.size(); ++i) {
    const auto& v = set.verdicts[i];
    std::printf("%s: %s  confidence %.4f  log-likelihood %.2f  p-value %.4f  %s\n",
                set.files[i].c_str(), v.label.c_str(), v.confidence, v.logLikelihood, v.pValue,
                v.accepted ? accepted : refused);
  }
}

inline void write_picture(const std::string& file, const cv::Mat& picture) {
  if (!cv::imwrite(file, picture)) throw std::runtime_error(file + ": cannot be written");
}

}  // namespace samples
