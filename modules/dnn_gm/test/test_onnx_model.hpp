// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_ONNX_MODEL_HPP
#define OPENCV_DNN_GM_TEST_ONNX_MODEL_HPP

// ONNX files without a library for them: as much of onnx.proto as the tests need. Needs nothing but
// OpenCV's core.

#include "opencv2/core.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace opencv_test
{

//! A Protocol Buffers message, field by field.
class Message
{
public:
    Message& integer(int field, int64_t value)
    {
        varint(uint64_t(field) << 3);
        varint(uint64_t(value));
        return *this;
    }

    Message& real(int field, float value)
    {
        varint(uint64_t(field) << 3 | 5);
        return raw(&value, sizeof(value));
    }

    Message& text(int field, const std::string& value)
    {
        varint(uint64_t(field) << 3 | 2);
        varint(value.size());
        bytes += value;
        return *this;
    }

    Message& message(int field, const Message& value) { return text(field, value.bytes); }

    std::string bytes;

private:
    Message& raw(const void* data, size_t size)
    {
        bytes.append(static_cast<const char*>(data), size); // little endian, as the machine is
        return *this;
    }

    void varint(uint64_t value)
    {
        for (; value >= 128; value >>= 7)
            bytes += char(value | 128);
        bytes += char(value);
    }
};

//! A constant of a graph.
struct OnnxTensor
{
    OnnxTensor() : type(1), external(false) {}

    //! float32 of these sizes.
    OnnxTensor(const std::string& itsName, const std::vector<int>& itsSizes, const cv::Mat& values)
        : name(itsName), sizes(itsSizes), type(1), external(false)
    {
        CV_Assert(values.empty() || (values.depth() == CV_32F && values.isContinuous()));
        if (!values.empty())
            data.assign(values.ptr<char>(), values.total() * sizeof(float));
    }

    //! A vector of int64.
    OnnxTensor(const std::string& itsName, const std::vector<int64_t>& values)
        : name(itsName), sizes(1, int(values.size())), type(7), external(false)
    {
        data.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int64_t));
    }

    Message message() const
    {
        Message m;
        for (const int size : sizes)
            m.integer(1, size);
        m.integer(2, type).text(8, name);
        if (!data.empty())
            m.text(9, data);
        if (external)
            m.integer(14, 1);
        return m;
    }

    std::string name;
    std::vector<int> sizes;
    int type; //!< 1: float32, 7: int64
    std::string data;
    bool external; //!< whether the file says that the values are in another one
};

struct OnnxNode
{
    std::string type, domain;
    std::vector<std::string> inputs, outputs;

    OnnxNode& set(const std::string& name, int value)
    {
        return add(name, 2, Message().integer(3, value));
    }

    OnnxNode& set(const std::string& name, float value)
    {
        return add(name, 1, Message().real(2, value));
    }

    OnnxNode& set(const std::string& name, const std::string& value)
    {
        return add(name, 3, Message().text(4, value));
    }

    OnnxNode& set(const std::string& name, const char* value)
    {
        return set(name, std::string(value));
    }

    OnnxNode& set(const std::string& name, const std::vector<int>& values)
    {
        Message m;
        for (const int value : values)
            m.integer(8, value);
        return add(name, 7, m);
    }

    OnnxNode& set(const std::string& name, const std::vector<float>& values)
    {
        Message m;
        for (const float value : values)
            m.real(7, value);
        return add(name, 6, m);
    }

    OnnxNode& set(const std::string& name, const OnnxTensor& value)
    {
        return add(name, 4, Message().message(5, value.message()));
    }

    OnnxNode& remove(const std::string& name)
    {
        const auto found =
            std::find_if(attributes.begin(), attributes.end(),
                         [&](const Attribute& attribute) { return attribute.name == name; });
        CV_Assert(found != attributes.end());
        attributes.erase(found);
        return *this;
    }

    Message message() const
    {
        Message m;
        for (const std::string& input : inputs)
            m.text(1, input);
        for (const std::string& output : outputs)
            m.text(2, output);
        m.text(3, type + "_" + outputs[0]).text(4, type);
        for (const Attribute& attribute : attributes)
            m.message(5, attribute.message);
        return m.text(7, domain);
    }

private:
    struct Attribute
    {
        std::string name;
        Message message;
    };

    OnnxNode& add(const std::string& name, int type_, Message value)
    {
        const Attribute attribute = {name, value.text(1, name).integer(20, type_)};
        attributes.push_back(attribute);
        return *this;
    }

    std::vector<Attribute> attributes;
};

//! An input or output of a graph, float32. A size of 0 stands for the dynamic batch N.
struct OnnxValue
{
    std::string name;
    std::vector<int> sizes;

    Message message() const
    {
        Message shape;
        for (const int size : sizes)
            shape.message(1, size == 0 ? Message().text(2, "N") : Message().integer(1, size));
        const Message tensor = Message().integer(1, 1).message(2, shape);
        return Message().text(1, name).message(2, Message().message(1, tensor));
    }
};

//! A model, node by node; any part may be changed before it is written.
struct OnnxModel
{
    explicit OnnxModel(int itsOpset = 17) : opset(itsOpset) {}

    OnnxModel& addInput(const std::string& name, const std::vector<int>& sizes)
    {
        const OnnxValue value = {name, sizes};
        inputs.push_back(value);
        return *this;
    }

    OnnxModel& addOutput(const std::string& name, const std::vector<int>& sizes)
    {
        const OnnxValue value = {name, sizes};
        outputs.push_back(value);
        return *this;
    }

    OnnxModel& addConstant(const std::string& name, const std::vector<int>& sizes,
                           const cv::Mat& values)
    {
        initializers.push_back(OnnxTensor(name, sizes, values));
        return *this;
    }

    OnnxModel& addConstant(const std::string& name, const std::vector<int64_t>& values)
    {
        initializers.push_back(OnnxTensor(name, values));
        return *this;
    }

    //! The node, until another is added.
    OnnxNode& addNode(const std::string& type, const std::vector<std::string>& its_inputs,
                      const std::vector<std::string>& its_outputs)
    {
        nodes.push_back(OnnxNode());
        nodes.back().type = type;
        nodes.back().inputs = its_inputs;
        nodes.back().outputs = its_outputs;
        return nodes.back();
    }

    //! GMHead on `features` with these constants, its six outputs being the graph's.
    OnnxNode& addHead(const std::vector<cv::Mat>& values)
    {
        static const char* const names[] = {"means", "log_variances", "log_priors", "calibration"};
        std::vector<std::string> from(1, "features");
        for (size_t i = 0; i < values.size(); ++i)
        {
            from.push_back(names[i]);
            addConstant(names[i], sizesOf(values[i], i == 2), values[i]);
        }
        static const char* const to[] = {"prob",     "log_likelihood", "log_density",
                                         "distance", "p_value",        "class"};
        for (const char* const output : to)
            addOutput(output, {0, output == to[0] ? values[0].rows : 1});
        OnnxNode& node =
            addNode("GMHead", from, std::vector<std::string>(std::begin(to), std::end(to)));
        node.domain = "dnn_gm";
        return node;
    }

    OnnxTensor& initializer(const std::string& name)
    {
        const auto found =
            std::find_if(initializers.begin(), initializers.end(),
                         [&](const OnnxTensor& tensor) { return tensor.name == name; });
        CV_Assert(found != initializers.end());
        return *found;
    }

    std::vector<uchar> bytes() const
    {
        Message graph;
        for (const OnnxNode& node : nodes)
            graph.message(1, node.message());
        graph.text(2, "test");
        for (const OnnxTensor& tensor : initializers)
            graph.message(5, tensor.message());
        for (const OnnxValue& input : inputs)
            graph.message(11, input.message());
        for (const OnnxValue& output : outputs)
            graph.message(12, output.message());
        Message model;
        model
            .integer(1, 8) // version of the format
            .message(7, graph)
            .message(8, Message().text(1, "").integer(2, opset))
            .message(8, Message().text(1, "dnn_gm").integer(2, 1));
        return std::vector<uchar>(model.bytes.begin(), model.bytes.end());
    }

    void write(const std::string& path) const
    {
        const std::vector<uchar> whole = bytes();
        std::ofstream file(path.c_str(), std::ios::binary);
        if (!file.write(reinterpret_cast<const char*>(whole.data()), std::streamsize(whole.size())))
            CV_Error(cv::Error::StsError, "cannot write " + path);
    }

    int opset;
    std::vector<OnnxNode> nodes;
    std::vector<OnnxTensor> initializers;
    std::vector<OnnxValue> inputs, outputs;

private:
    static std::vector<int> sizesOf(const cv::Mat& m, bool vector)
    {
        if (m.empty())
            return {1, 1, 0};
        return vector ? std::vector<int>(1, m.rows) : std::vector<int>(m.size.p, m.size.p + m.dims);
    }
};

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_ONNX_MODEL_HPP
