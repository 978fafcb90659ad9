// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_ONNX_OPERANDS_HPP
#define OPENCV_DNN_GM_ONNX_OPERANDS_HPP

#include "protobuf.hpp"

#include <map>

namespace cv
{
namespace dnn_gm
{

// What OpenCV's importer takes from an ONNX file without a look at it: it reads as many values of a
// tensor as its sizes say, and divides by sizes and by numbers of groups.

//! A name as it can stand in a message: of one line, not without an end, and of ASCII alone, for it
//! may be no UTF-8.
String shown(const String& name);

const size_t mostSizes = 32; // that a Mat can have

struct OnnxTensor
{
    String name; //!< may be empty
    std::vector<int64> sizes;
};

/** @brief Reads a tensor without its values.

@throws cv::Exception naming the tensor if these are in another file, or not as many as its sizes
say
 */
OnnxTensor readTensor(protobuf::Message tensor);

//! Constants of a graph by their names.
typedef std::map<String, OnnxTensor> OnnxConstants;

//! A node's operator with what it is applied to.
struct OnnxNode
{
    String type, name; //!< name: the node's own, or its first output's
    std::vector<String> inputs, outputs;
    std::map<String, std::vector<int64>> integers; //!< its attributes that are counts

    String shown() const
    {
        return "the node " + dnn_gm::shown(name) + " of " + dnn_gm::shown(type);
    }
};

//! Whether an attribute is one of those that count something, or steps: they must be from 1.
bool isCount(const String& attribute);

/** @brief Checks sizes and attributes of operators that OpenCV divides by.

@throws cv::Exception naming the node and what was expected
 */
void checkOperands(const OnnxNode& node, const OnnxConstants& constants);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_ONNX_OPERANDS_HPP
