// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PRECOMP_HPP
#define OPENCV_DNN_GM_PRECOMP_HPP

#ifdef __OPENCV_BUILD // in the OpenCV tree
#include "cvconfig.h"
#endif

#include "opencv2/dnn_gm.hpp"
#include "opencv2/core/utils/logger.hpp"
#include "opencv2/dnn/layer.hpp"
#include "opencv2/imgproc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#endif // OPENCV_DNN_GM_PRECOMP_HPP
