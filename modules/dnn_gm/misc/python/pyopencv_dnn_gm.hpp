// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifdef HAVE_OPENCV_DNN_GM

// What the generator of the bindings calls a vector of verdicts.
typedef std::vector<cv::dnn_gm::Verdict> vector_Verdict;

#endif
