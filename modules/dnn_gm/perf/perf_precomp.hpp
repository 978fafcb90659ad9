// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PERF_PRECOMP_HPP
#define OPENCV_DNN_GM_PERF_PRECOMP_HPP

#include "opencv2/ts.hpp"

#include "opencv2/dnn.hpp"
#include "opencv2/dnn_gm.hpp"

#include "../test/test_common.hpp"

#endif // OPENCV_DNN_GM_PERF_PRECOMP_HPP
