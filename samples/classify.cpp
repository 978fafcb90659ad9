// Classifies images with a model trained by the large-margin Gaussian-mixture loss, and refuses
// those it does not believe. Knows nothing of how the model was trained: the ONNX file says
// everything.
#include <algorithm>
#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "arguments.hpp"
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

/// An image of the sheet with its verdict below.
cv::Mat draw_cell(const cv::Mat& image, const Verdict& verdict, const cv::Size& size) {
  const int caption = 16, frame = 3;
  cv::Mat cell(size, CV_8UC3, cv::Scalar::all(255));
  const int side = std::min(size.width, size.height - caption) - 2 * frame;
  const double scale = side / static_cast<double>(std::max(image.cols, image.rows));
  cv::Mat enlarged;
  cv::resize(image, enlarged, cv::Size(), scale, scale,
             scale > 1 ? cv::INTER_NEAREST : cv::INTER_AREA);
  const cv::Rect place((size.width - enlarged.cols) / 2, frame, enlarged.cols, enlarged.rows);
  enlarged.copyTo(cell(place));
  const cv::Scalar red(0, 0, 220), green(0, 130, 0);
  if (!verdict.accepted) {
    cv::rectangle(cell, place + cv::Point(-frame / 2, -frame / 2) + cv::Size(frame, frame), red,
                  frame);
  }
  cv::putText(cell, cv::format("%s p=%.3f", verdict.label.c_str(), verdict.pValue),
              cv::Point(2, size.height - 4), cv::FONT_HERSHEY_SIMPLEX, 0.36,
              verdict.accepted ? green : red, 1, cv::LINE_AA);
  return cell;
}

/// A heading and up to 40 images of a set, evenly chosen.
cv::Mat draw_block(const ImageSet& set) {
  const int columns = 10, heading = 26;
  const size_t most = 40;
  const cv::Size cell(90, 100);
  const size_t count = set.files.size(), shown = std::min(count, most);
  const int rows = static_cast<int>((shown + columns - 1) / columns);
  cv::Mat block(heading + rows * cell.height, columns * cell.width, CV_8UC3, cv::Scalar::all(255));
  std::string title = cv::format("%s: %zu of %zu refused", set.name.c_str(), set.refused(), count);
  if (shown < count) title += cv::format("; %zu shown, evenly chosen", shown);
  cv::putText(block, title, cv::Point(4, 18), cv::FONT_HERSHEY_SIMPLEX, 0.55, cv::Scalar::all(0), 1,
              cv::LINE_AA);
  for (size_t i = 0; i < shown; ++i) {
    const size_t chosen = i * count / shown;
    const cv::Point corner(static_cast<int>(i % columns) * cell.width,
                           heading + static_cast<int>(i / columns) * cell.height);
    draw_cell(cv::imread(set.files[chosen]), set.verdicts[chosen], cell)
        .copyTo(block(cv::Rect(corner, cell)));
  }
  return block;
}

void write_sheet(const std::string& file, const std::vector<ImageSet>& sets) {
  std::vector<cv::Mat> blocks;
  for (const ImageSet& set : sets) {
    if (!set.files.empty()) blocks.push_back(draw_block(set));
  }
  cv::Mat sheet;
  cv::vconcat(blocks, sheet);
  samples::write_picture(file, sheet);
}

void run(const cv::CommandLineParser& parser, const std::vector<std::string>& paths) {
  const auto sheet = parser.get<std::string>("sheet");
  const size_t batch = samples::batch_size(parser);
  if (paths.empty()) throw std::runtime_error("no images or folders are given");
  const auto classifier = samples::open_model(parser);

  std::vector<ImageSet> sets;
  size_t read = 0;
  for (const std::string& path : paths) {
    sets.push_back(samples::classify(*classifier, path, batch));
    if (!parser.has("quiet")) samples::print_verdicts(sets.back());
    read += sets.back().files.size();
  }
  if (read == 0) throw std::runtime_error("no image could be read");
  if (!classifier->isCalibrated()) std::puts("The model is not calibrated: p-values are 1.");
  print_table(sets);
  if (!sheet.empty()) write_sheet(sheet, sets);
}

}  // namespace

int main(int argc, char** argv) {
  return samples::run_sample(argc, argv, "classify", kAbout, kKeys, run);
}
