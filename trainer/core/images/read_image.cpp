#include "core/images/read_image.hpp"

#include <opencv2/dnn_gm.hpp>

namespace gmtrain {

cv::Mat read_image(const std::string& file) {
  try {
    return cv::dnn_gm::readImage(file);
  } catch (const cv::Exception& error) {
    throw ImageError(error.err);
  }
}

}  // namespace gmtrain
