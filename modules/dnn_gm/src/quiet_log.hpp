// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_QUIET_LOG_HPP
#define OPENCV_DNN_GM_QUIET_LOG_HPP

#include "opencv2/core/utils/logger.hpp"

#include <mutex>

namespace cv
{
namespace dnn_gm
{

//! While one lives OpenCV does not log errors: those of a try are caught. The level is the whole
//! process's, so the first of several at once changes it and the last restores it.
class QuietLog
{
public:
    QuietLog()
    {
        const std::lock_guard<std::mutex> lock(mutex);
        if (living++ == 0)
            before = utils::logging::setLogLevel(utils::logging::LOG_LEVEL_SILENT);
    }

    ~QuietLog()
    {
        const std::lock_guard<std::mutex> lock(mutex);
        if (--living == 0)
            utils::logging::setLogLevel(before);
    }

private:
    static std::mutex mutex;
    static int living;
    static utils::logging::LogLevel before;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_QUIET_LOG_HPP
