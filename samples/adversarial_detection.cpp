// Tells clean images from adversarial or foreign ones by their likelihood under the model
// (Sect. 4.3 of Wan et al., CVPR 2018): how many of each the model refuses, and how well any
// threshold would do.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "chart.hpp"
#include "images.hpp"
#include "roc.hpp"

using cv::dnn_gm::Verdict;
using samples::Chart;
using samples::ImageSet;
using samples::RocPoint;

namespace {

const char* const kAbout =
    "Tells clean images from adversarial or foreign ones by their likelihood.\n"
    "adversarial_detection --model=model.onnx --clean=FOLDER [options] suspicious folders ...";

const char* const kKeys =
    "{clean             |     | folder of images that should be accepted }"
    "{histogram         |     | picture to write (PNG): log-likelihoods of each folder }"
    "{roc               |     | picture to write (PNG): shares accepted at each threshold }";

std::vector<double> likelihoods(const ImageSet& set) {
  std::vector<double> found;
  for (const Verdict& v : set.verdicts) found.push_back(v.logLikelihood);
  return found;
}

std::vector<double> posteriors(const ImageSet& set) {
  std::vector<double> found;
  for (const Verdict& v : set.verdicts) found.push_back(v.confidence);
  return found;
}

/// Without p-values: accepts what is at least as likely as all but a share `rate` of clean images.
void accept_by_likelihood(std::vector<ImageSet>& sets, double rate) {
  auto clean = likelihoods(sets.front());
  std::sort(clean.begin(), clean.end());
  const auto refused = static_cast<size_t>(rate * static_cast<double>(clean.size()));
  for (ImageSet& set : sets) {
    for (Verdict& v : set.verdicts) {
      v.accepted = refused < clean.size() && v.logLikelihood >= clean[refused];
    }
  }
}

double refused_percent(const ImageSet& set) {
  return 100 * static_cast<double>(set.refused()) / static_cast<double>(set.verdicts.size());
}

void print_table(const std::vector<ImageSet>& sets) {
  std::printf("%-24s %7s %9s %19s %7s %19s %7s\n", "images", "number", "refused %",
              "likelihood: EER %", "AUROC", "posterior: EER %", "AUROC");
  for (const ImageSet& set : sets) {
    std::printf("%-24s %7zu %9.1f", set.name.c_str(), set.files.size(), refused_percent(set));
    if (&set != &sets.front()) {
      for (const auto scores : {likelihoods, posteriors}) {
        const auto curve = samples::roc_curve(scores(sets.front()), scores(set));
        std::printf(" %19.2f %7.4f", 100 * samples::equal_error_rate(curve), samples::auroc(curve));
      }
    }
    std::puts("");
  }
}

/// Shares of the images in equal bins; what lies outside counts in the first or last.
std::vector<double> histogram(const std::vector<double>& values, const cv::Vec2d& range, int bins) {
  std::vector<double> shares(static_cast<size_t>(bins));
  for (const double value : values) {
    const double place = std::clamp((value - range[0]) / (range[1] - range[0]), 0., 1.);
    const int bin = std::min(static_cast<int>(place * bins), bins - 1);
    shares[static_cast<size_t>(bin)] += 1 / static_cast<double>(values.size());
  }
  return shares;
}

/// The black line is the least likely image that is accepted, unless p-values order images
/// otherwise than likelihoods do.
void draw_threshold(Chart& chart, const std::vector<ImageSet>& sets) {
  double accepted = std::numeric_limits<double>::infinity(), refused = -accepted;
  for (const ImageSet& set : sets) {
    for (const Verdict& v : set.verdicts) {
      if (v.accepted)
        accepted = std::min<double>(accepted, v.logLikelihood);
      else
        refused = std::max<double>(refused, v.logLikelihood);
    }
  }
  if (refused < accepted && std::isfinite(accepted)) chart.threshold(accepted);
}

cv::Mat draw_histograms(const std::vector<ImageSet>& sets) {
  // Some images are so unlikely that nothing else would be seen beside them: the axis begins where
  // nine in ten of each folder lie.
  const double infinity = std::numeric_limits<double>::infinity();
  cv::Vec2d range(infinity, -infinity);
  for (const ImageSet& set : sets) {
    auto values = likelihoods(set);
    std::sort(values.begin(), values.end());
    range[0] = std::min(range[0], values[values.size() / 10]);
    range[1] = std::max(range[1], values.back());
  }
  if (range[0] == range[1]) range += cv::Vec2d(-0.5, 0.5);
  const int bins = 50;
  double highest = 0;
  for (const ImageSet& set : sets) {
    const auto shares = histogram(likelihoods(set), range, bins);
    highest = std::max(highest, *std::max_element(shares.begin(), shares.end()));
  }
  Chart chart("Likelihood of clean and suspicious images", "log-likelihood (first bin: or less)",
              "share of images", range, {0, highest * 1.05});
  for (const ImageSet& set : sets) {
    chart.histogram(cv::format("%s, %.1f %% refused", set.name.c_str(), refused_percent(set)),
                    histogram(likelihoods(set), range, bins));
  }
  draw_threshold(chart, sets);
  return chart.picture();
}

/// The dots are where the verdicts lie.
cv::Mat draw_roc(const std::vector<ImageSet>& sets) {
  Chart chart("Telling clean from suspicious images by likelihood", "share of suspicious accepted",
              "share of clean accepted", {0, 1}, {0, 1});
  const ImageSet& clean = sets.front();
  for (size_t i = 1; i < sets.size(); ++i) {
    const auto curve = samples::roc_curve(likelihoods(clean), likelihoods(sets[i]));
    std::vector<cv::Point2d> points;
    for (const RocPoint& p : curve) points.emplace_back(p.false_accepts, p.true_accepts);
    chart.curve(cv::format("%s, AUROC %.4f", sets[i].name.c_str(), samples::auroc(curve)), points);
    chart.mark({1 - refused_percent(sets[i]) / 100, 1 - refused_percent(clean) / 100});
  }
  return chart.picture();
}

void run(const cv::CommandLineParser& parser, const std::vector<std::string>& suspicious) {
  const auto clean = parser.get<std::string>("clean");
  const auto histogram_file = parser.get<std::string>("histogram");
  const auto roc_file = parser.get<std::string>("roc");
  const size_t batch = samples::batch_size(parser);
  if (clean.empty()) throw std::runtime_error("--clean=FOLDER is missing");
  if (suspicious.empty()) throw std::runtime_error("no folders of suspicious images are given");
  const auto classifier = samples::open_model(parser);

  std::vector<ImageSet> sets{samples::classify(*classifier, clean, batch)};
  for (const std::string& path : suspicious) {
    sets.push_back(samples::classify(*classifier, path, batch));
  }
  for (const ImageSet& set : sets) {
    if (set.files.empty()) throw std::runtime_error(set.name + ": no image could be read");
  }
  if (!classifier->isCalibrated()) {
    std::puts("The model is not calibrated: the threshold is taken from the clean images.");
    accept_by_likelihood(sets, classifier->getFalseRejectRate());
  }
  if (!parser.has("quiet")) {
    for (const ImageSet& set : sets) samples::print_verdicts(set);
  }
  print_table(sets);
  if (!histogram_file.empty()) samples::write_picture(histogram_file, draw_histograms(sets));
  if (!roc_file.empty()) samples::write_picture(roc_file, draw_roc(sets));
}

}  // namespace

int main(int argc, char** argv) {
  return samples::run_sample(argc, argv, "adversarial_detection", kAbout, kKeys, run);
}
