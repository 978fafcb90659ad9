// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "../precomp.hpp"

#if defined(DNN_GM_CUDA) && defined(__GNUC__)

// A CUDA node derives from BackendNode and looks into BackendWrapper, which opencv_dnn does not
// export. Their constructors and destructors, and with them their type information, are given here
// too, weakly: where opencv_dnn's own can be seen they are used.
namespace cv
{
namespace dnn
{
CV__DNN_INLINE_NS_BEGIN

__attribute__((weak)) BackendNode::BackendNode(int id) : backendId(id) {}
__attribute__((weak)) BackendNode::~BackendNode() {}
__attribute__((weak)) BackendWrapper::BackendWrapper(int backend, int target)
    : backendId(backend), targetId(target)
{
}
__attribute__((weak)) BackendWrapper::~BackendWrapper() {}

CV__DNN_INLINE_NS_END
} // namespace dnn
} // namespace cv

#endif
