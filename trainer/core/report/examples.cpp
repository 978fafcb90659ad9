#include "core/report/examples.hpp"

#include <algorithm>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "core/report/data_uri.hpp"

namespace gmtrain::report {
namespace {

constexpr double kThumbnailSide = 64;

/// Ascending by likelihood, equal ones in the order of the table.
void sort_by_likelihood(std::vector<int64_t>& places, const ScoreTable& table) {
  const auto& likelihood = table.score("likelihood");
  std::stable_sort(places.begin(), places.end(),
                   [&](int64_t a, int64_t b) { return likelihood[a] < likelihood[b]; });
}

}  // namespace

std::vector<int64_t> example_places(const ScoreTable& table, size_t count) {
  std::vector<int64_t> places(table.image.size());
  std::iota(places.begin(), places.end(), int64_t{0});
  sort_by_likelihood(places, table);
  if (places.size() <= count) return places;
  std::vector<int64_t> picked;
  for (size_t i = 0; i < count; ++i) {
    // The middle of each of `count` equal parts.
    picked.push_back(places[(2 * i + 1) * places.size() / (2 * count)]);
  }
  return picked;
}

std::vector<Extremes> extremes_of(const ScoreTable& clean, int64_t classes, size_t count) {
  std::vector<Extremes> all;
  for (int64_t label = 0; label < classes; ++label) {
    std::vector<int64_t> places;
    for (int64_t i = 0; i < clean.size(); ++i) {
      if (clean.label[i] == label) places.push_back(i);
    }
    sort_by_likelihood(places, clean);
    const auto least = static_cast<std::ptrdiff_t>(std::min(count, (places.size() + 1) / 2));
    const auto most = static_cast<std::ptrdiff_t>(std::min(count, places.size() / 2));
    all.push_back({label,
                   {places.begin(), places.begin() + least},
                   {places.rbegin(), places.rbegin() + most}});
  }
  return all;
}

std::string thumbnail_uri(const cv::Mat& image) {
  const double factor = kThumbnailSide / std::max(image.rows, image.cols);
  if (factor >= 1) return png_data_uri(image);
  cv::Mat small;
  cv::resize(image, small, {}, factor, factor, cv::INTER_AREA);
  return png_data_uri(small);
}

}  // namespace gmtrain::report
