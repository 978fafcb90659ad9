// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_ENGINES_HPP
#define OPENCV_DNN_GM_TEST_ENGINES_HPP

// The engines of cv::dnn that read ONNX: the classic one in OpenCV 4, this and a new one, which has
// the CPU only, in OpenCV 5.0, and the new one in later versions.

#include "test_common.hpp"

namespace opencv_test
{

#if CV_VERSION_MAJOR == 5 && CV_VERSION_MINOR == 0
CV_ENUM(EngineId, ENGINE_CLASSIC, ENGINE_NEW)
#elif CV_VERSION_MAJOR >= 5
enum
{
    ENGINE_CLASSIC = -1,
    ENGINE_NEW = ENGINE_OPENCV
};
CV_ENUM(EngineId, ENGINE_NEW)
#else
enum
{
    ENGINE_CLASSIC = 1,
    ENGINE_NEW = 2
};
CV_ENUM(EngineId, ENGINE_CLASSIC)
#endif

typedef tuple<EngineId, Where> EngineWhere;

inline std::vector<EngineWhere> everyEngineOn(Backend backend)
{
    std::vector<EngineWhere> all;
    const bool hasClassic = CV_VERSION_MAJOR < 5 || CV_VERSION_MINOR == 0;
    if (hasClassic)
        for (const Where& where : everywhereOn(backend))
            all.push_back(EngineWhere(ENGINE_CLASSIC, where));
    if (CV_VERSION_MAJOR >= 5 && backend == DNN_BACKEND_OPENCV)
        all.push_back(EngineWhere(ENGINE_NEW, onCPU()));
    return all;
}

inline Net readONNX(const std::vector<uchar>& bytes, int engine)
{
    registerLayers();
#if CV_VERSION_MAJOR >= 5
    // Of a vector of bytes OpenCV 5.0 does not look at ENGINE_CLASSIC.
    return readNetFromONNX(reinterpret_cast<const char*>(bytes.data()), bytes.size(), engine);
#else
    CV_UNUSED(engine);
    return readNetFromONNX(bytes);
#endif
}

//! OpenSetClassifier::create() of bytes or of a file.
inline Ptr<OpenSetClassifier> makeClassifier(const std::vector<uchar>& model, int engine,
                                             const Where& where = onCPU())
{
    return OpenSetClassifier::create(model, get<0>(where), get<1>(where), engine);
}

inline Ptr<OpenSetClassifier> makeClassifier(const String& file, int engine,
                                             const Where& where = onCPU())
{
    return OpenSetClassifier::create(file, "", get<0>(where), get<1>(where), engine);
}

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_ENGINES_HPP
