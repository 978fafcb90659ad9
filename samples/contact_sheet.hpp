// A picture of many images with what the model says of each.
#pragma once

#include <algorithm>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "images.hpp"

namespace samples {

/// The image with its longer side made `side` long; however thin it is, it stays visible.
inline cv::Mat fitted(const cv::Mat& image, int side) {
  const double scale = side / static_cast<double>(std::max(image.cols, image.rows));
  const cv::Size size(std::max(1, cvRound(scale * image.cols)),
                      std::max(1, cvRound(scale * image.rows)));
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, scale > 1 ? cv::INTER_NEAREST : cv::INTER_AREA);
  return result;
}

/// The image of a file with its verdict below. A file that can no longer be read is reported, and
/// its image left grey.
inline cv::Mat draw_cell(const std::string& file, const cv::dnn_gm::Verdict& verdict,
                         const cv::Size& size) {
  const int caption = 16, frame = 3;
  cv::Mat cell(size, CV_8UC3, cv::Scalar::all(255));
  const int side = std::min(size.width, size.height - caption) - 2 * frame;
  cv::Mat image = read_or_report(file);
  if (image.empty()) image = cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(200));
  image = fitted(image, side);
  const cv::Rect place((size.width - image.cols) / 2, frame, image.cols, image.rows);
  image.copyTo(cell(place));
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
inline cv::Mat draw_block(const ImageSet& set) {
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
    draw_cell(set.files[chosen], set.verdicts[chosen], cell).copyTo(block(cv::Rect(corner, cell)));
  }
  return block;
}

/// A block for each set that has images; refused images are framed in red.
inline cv::Mat contact_sheet(const std::vector<ImageSet>& sets) {
  std::vector<cv::Mat> blocks;
  for (const ImageSet& set : sets) {
    if (!set.files.empty()) blocks.push_back(draw_block(set));
  }
  cv::Mat sheet;
  cv::vconcat(blocks, sheet);
  return sheet;
}

}  // namespace samples
