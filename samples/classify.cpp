// Classifies images with a model trained by the large-margin Gaussian-mixture loss, and refuses
// those it does not believe. Knows nothing of how the model was trained: the ONNX file says
// everything.
#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "contact_sheet.hpp"
#include "images.hpp"

using cv::dnn_gm::Verdict;
using samples::ImageSet;

namespace {

const char* const kAbout =
    "Classifies images and refuses those that are unlike what the model was trained on.\n"
    "classify --model=model.onnx [options] images or folders ...";

const char* const kKeys =
    "{sheet             |     | contact sheet to write (PNG): refused images are framed in red }";

void print_table(const std::vector<ImageSet>& sets) {
  std::printf("%-24s %7s %9s %8s %9s %11s %15s\n", "images", "number", "accepted", "refused",
              "refused %", "confidence", "log-likelihood");
  for (const ImageSet& set : sets) {
    const double count = static_cast<double>(set.verdicts.size());
    double confidence = 0, likelihood = 0;
    for (const Verdict& v : set.verdicts) {
      confidence += v.confidence;
      likelihood += v.logLikelihood;
    }
    if (count == 0) continue;
    std::printf("%-24s %7.0f %9zu %8zu %9.1f %11.4f %15.2f\n", set.name.c_str(), count,
                set.accepted(), set.refused(), 100 * static_cast<double>(set.refused()) / count,
                confidence / count, likelihood / count);
  }
}

void run(const cv::CommandLineParser& parser, const std::vector<std::string>& paths) {
  const auto sheet = parser.get<std::string>("sheet");
  const size_t batch = samples::batch_size(parser);
  if (paths.empty()) throw std::runtime_error("no images or folders are given");
  const auto classifier = samples::open_model(parser);

  std::vector<ImageSet> sets;
  std::vector<size_t> read;
  for (const std::string& path : paths) {
    sets.push_back(samples::classify(*classifier, path, batch));
    if (!parser.has("quiet")) samples::print_verdicts(sets.back());
    read.push_back(sets.back().files.size());
  }
  samples::check_read(paths, read);
  if (!classifier->isCalibrated()) std::puts("The model is not calibrated: p-values are 1.");
  print_table(sets);
  if (!sheet.empty()) samples::write_picture(sheet, samples::contact_sheet(sets));
}

}  // namespace

int main(int argc, char** argv) {
  return samples::run_sample(argc, argv, "classify", kAbout, kKeys, run);
}
