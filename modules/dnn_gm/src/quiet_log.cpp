// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "quiet_log.hpp"

namespace cv
{
namespace dnn_gm
{

std::mutex QuietLog::mutex;
int QuietLog::living = 0;
utils::logging::LogLevel QuietLog::before = utils::logging::LOG_LEVEL_SILENT;

} // namespace dnn_gm
} // namespace cv
