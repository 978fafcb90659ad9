// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PERF_ONNX_BYTES_HPP
#define OPENCV_DNN_GM_PERF_ONNX_BYTES_HPP

#include "opencv2/core.hpp"

#include <cstring>

namespace opencv_test
{

/** @brief A Protocol Buffers message, field by field. */
class Message
{
public:
    Message& add(int field, int64_t value)
    {
        varint(uint64_t(field) << 3);
        varint(uint64_t(value));
        return *this;
    }

    Message& add(int field, const std::string& value)
    {
        varint(uint64_t(field) << 3 | 2);
        varint(value.size());
        bytes += value;
        return *this;
    }

    Message& add(int field, const char* value) { return add(field, std::string(value)); }
    Message& add(int field, const Message& value) { return add(field, value.bytes); }

    std::string bytes;

private:
    void varint(uint64_t value)
    {
        for (; value >= 128; value >>= 7)
            bytes += char(value | 128);
        bytes += char(value);
    }
};

/** @brief An ONNX model (IR version 8, opset 11), with as much of onnx.proto as a graph needs. */
class OnnxModel
{
public:
    OnnxModel& node(const std::string& type, const std::vector<std::string>& inputs,
                    const std::string& output, const std::vector<Message>& attributes = {})
    {
        Message n;
        for (const std::string& input : inputs)
            n.add(1, input);
        n.add(2, output).add(3, output).add(4, type);
        for (const Message& attribute : attributes)
            n.add(5, attribute);
        graph.add(1, n);
        return *this;
    }

    //! A constant of shape [rows,cols], or [cols] for a single row with `vector`.
    OnnxModel& constant(const std::string& name, const cv::Mat& values, bool vector = false)
    {
        Message tensor;
        if (!vector)
            tensor.add(1, int64_t(values.rows));
        tensor.add(1, int64_t(values.cols)).add(2, int64_t(1)).add(8, name);
        tensor.add(9, std::string(values.ptr<char>(), values.total() * sizeof(float)));
        graph.add(5, tensor);
        return *this;
    }

    OnnxModel& input(const std::string& name, int rows, int cols)
    {
        graph.add(11, valueInfo(name, rows, cols));
        return *this;
    }

    OnnxModel& output(const std::string& name, int rows, int cols)
    {
        graph.add(12, valueInfo(name, rows, cols));
        return *this;
    }

    std::string bytes() const
    {
        Message named = graph, opset, model;
        named.add(2, "head");
        opset.add(1, "").add(2, int64_t(11));
        return model.add(1, int64_t(8)).add(7, named).add(8, opset).bytes;
    }

    static Message attribute(const std::string& name, int64_t value)
    {
        return Message().add(1, name).add(3, value).add(20, int64_t(2));
    }

    static Message attribute(const std::string& name, const std::vector<int64_t>& values)
    {
        Message a;
        a.add(1, name);
        for (const int64_t value : values)
            a.add(8, value);
        return a.add(20, int64_t(7));
    }

private:
    static Message valueInfo(const std::string& name, int rows, int cols)
    {
        Message shape;
        for (const int size : {rows, cols})
            shape.add(1, Message().add(1, int64_t(size)));
        const Message tensor = Message().add(1, int64_t(1)).add(2, shape);
        return Message().add(1, name).add(2, Message().add(1, tensor));
    }

    Message graph;
};

} // namespace opencv_test

#endif // OPENCV_DNN_GM_PERF_ONNX_BYTES_HPP
