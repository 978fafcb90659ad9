// Images from folders, and what the model says of them.
#pragma once

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/filesystem.hpp>
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

/// The files of a folder in order of their names, or the one file that `path` is.
inline std::vector<std::string> image_files(const std::string& path) {
  if (!cv::utils::fs::isDirectory(path)) return {path};
  std::vector<cv::String> files;
  cv::glob(without_trailing_slash(path) + "/*", files);
  return files;
}

/// Calls use(images) for each `batch` images, the last being fewer; what cannot be read is reported
/// and left out.
/// @returns the files that were read
template <class Use>
std::vector<std::string> for_each_batch(const std::vector<std::string>& files, size_t batch,
                                        Use use) {
  std::vector<std::string> read;
  std::vector<cv::Mat> images;
  for (const std::string& file : files) {
    const cv::Mat image = cv::imread(file);
    if (image.empty()) {
      std::cerr << file << ": cannot be read as an image" << std::endl;
      continue;
    }
    read.push_back(file);
    images.push_back(image);
    if (images.size() == batch) {
      use(images);
      images.clear();
    }
  }
  if (!images.empty()) use(images);
  return read;
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

inline ImageSet classify(cv::dnn_gm::OpenSetClassifier& classifier, const std::string& path,
                         size_t batch) {
  ImageSet set;
  set.name = base_name(path);
  set.files = for_each_batch(image_files(path), batch, [&](const std::vector<cv::Mat>& images) {
    const auto verdicts = classifier.classifyBatch(images);
    set.verdicts.insert(set.verdicts.end(), verdicts.begin(), verdicts.end());
  });
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
