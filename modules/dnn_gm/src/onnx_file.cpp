// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "onnx_file.hpp"

#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>

namespace cv
{
namespace dnn_gm
{

const char* const outputNames[outputCount] = {"prob",     "log_likelihood", "log_density",
                                              "distance", "p_value",        "class"};

String firstLine(const String& said)
{
    const size_t begin = said.compare(0, 2, "> ") == 0 ? 2 : 0;
    return said.substr(begin, said.find('\n') - begin);
}

void refuse(const String& what)
{
    CV_Error(Error::StsBadArg, "OpenSetClassifier: " + what);
}

std::vector<uchar> readModel(const String& path)
{
    std::vector<uchar> bytes;
    errno = 0;
    try
    {
        std::ifstream file(path.c_str(), std::ios::binary);
        bytes.assign((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    }
    catch (const std::ios_base::failure&) // of a folder
    {
    }
    if (bytes.empty())
        refuse(path + ": the model cannot be read: " +
               (errno != 0 ? std::strerror(errno) : "the file is empty"));
    return bytes;
}

namespace
{

// Numbers of fields in onnx.proto.
namespace field
{
enum
{
    modelGraph = 7,
    modelOpset = 8,
    opsetDomain = 1,
    opsetVersion = 2,
    graphNode = 1,
    graphInitializer = 5,
    graphInput = 11,
    graphOutput = 12,
    nodeOutput = 2,
    nodeType = 4,
    nodeAttribute = 5,
    attributeTensor = 5,
    attributeGraph = 6,
    tensorName = 8,
    tensorLocation = 14,
    valueName = 1,
    valueType = 2,
    typeTensor = 1,
    tensorShape = 2,
    shapeDim = 1,
    dimValue = 1
};
} // namespace field

//! One field of a message in protobuf's wire format.
struct Field
{
    int number;
    uint64 integer;           //!< of a varint
    const uchar *begin, *end; //!< of a string or message; otherwise both NULL

    String text() const { return String(begin, end); }
};

//! The fields of a message, one after the other. What is cut short ends in an exception.
class Message
{
public:
    Message(const uchar* begin, const uchar* end_) : at(begin), end(end_) {}
    explicit Message(const Field& field) : at(field.begin), end(field.end) {}

    static void fail()
    {
        CV_Error(Error::StsParseError,
                 "OpenSetClassifier: the model is not an ONNX file, or damaged");
    }

    bool next(Field& found)
    {
        if (at == end)
            return false;
        const uint64 key = varint();
        found = Field();
        found.number = int(key >> 3);
        switch (key & 7)
        {
        case 0:
            found.integer = varint();
            break;
        case 1:
            skip(8);
            break;
        case 2:
        {
            const uint64 length = varint();
            found.begin = at;
            skip(length);
            found.end = at;
            break;
        }
        case 5:
            skip(4);
            break;
        default:
            fail();
        }
        return true;
    }

private:
    uint64 varint()
    {
        uint64 value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at == end)
                fail();
            const uchar byte = *at++;
            value |= uint64(byte & 127) << shift;
            if (byte < 128)
                return value;
        }
        fail();
        return 0;
    }

    void skip(uint64 bytes)
    {
        if (bytes > uint64(end - at))
            fail();
        at += bytes;
    }

    const uchar *at, *end;
};

//! Returns its name.
String lookAtTensor(Message tensor, OnnxFile& file)
{
    String name;
    bool external = false;
    for (Field f; tensor.next(f);)
    {
        if (f.number == field::tensorName && f.begin)
            name = f.text();
        if (f.number == field::tensorLocation)
            external = f.integer == 1;
    }
    if (external)
        file.externalWeights = name.empty() ? String("a constant") : name;
    return name;
}

// As deep as protobuf itself reads.
const int mostDepth = 100;

//! @param depth 0 for the model's own graph, else how deep in attributes of nodes it is
void lookAtGraph(Message graph, OnnxFile& file, int depth);

void lookAtAttribute(Message attribute, OnnxFile& file, int depth)
{
    for (Field f; attribute.next(f);)
    {
        if (f.begin && f.number == field::attributeTensor)
            lookAtTensor(Message(f), file);
        if (f.begin && f.number == field::attributeGraph)
            lookAtGraph(Message(f), file, depth + 1);
    }
}

void lookAtNode(Message node, OnnxFile& file, int depth)
{
    String type;
    std::vector<String> outputs;
    for (Field f; node.next(f);)
    {
        if (!f.begin)
            continue;
        if (f.number == field::nodeType)
            type = f.text();
        if (f.number == field::nodeOutput)
            outputs.push_back(f.text());
        if (f.number == field::nodeAttribute)
            lookAtAttribute(Message(f), file, depth);
    }
    if (type == "GMHead")
        file.headOutputs.push_back(outputs);
}

//! The last message of this number within another, empty if there is none.
Message child(Message parent, int number)
{
    Message found(nullptr, nullptr);
    for (Field f; parent.next(f);)
        if (f.number == number && f.begin)
            found = Message(f);
    return found;
}

struct Input
{
    String name;
    std::vector<uint64> sizes; //!< 0 where they are not fixed
};

Input readInput(Message input)
{
    Input read;
    Message shape =
        child(child(child(input, field::valueType), field::typeTensor), field::tensorShape);
    for (Field dim; shape.next(dim);)
    {
        if (dim.number != field::shapeDim || !dim.begin)
            continue;
        read.sizes.push_back(0);
        Message size(dim);
        for (Field f; size.next(f);)
            if (f.number == field::dimValue && f.integer <= uint64(INT_MAX))
                read.sizes.back() = f.integer;
    }
    for (Field f; input.next(f);)
        if (f.number == field::valueName && f.begin)
            read.name = f.text();
    return read;
}

void lookAtGraph(Message graph, OnnxFile& file, int depth)
{
    if (depth > mostDepth)
        Message::fail();
    std::vector<Input> inputs;
    std::vector<String> initializers;
    for (Field f; graph.next(f);)
    {
        if (!f.begin)
            continue;
        if (f.number == field::graphNode)
            lookAtNode(Message(f), file, depth);
        if (f.number == field::graphInitializer)
            initializers.push_back(lookAtTensor(Message(f), file));
        if (f.number == field::graphInput)
            inputs.push_back(readInput(Message(f)));
        if (f.number == field::graphOutput && depth == 0)
        {
            Message value(f);
            for (Field name; value.next(name);)
                if (name.number == field::valueName && name.begin)
                    file.graphOutputs.push_back(name.text());
        }
    }
    // Older files list weights among the inputs too.
    for (const Input& input : inputs)
        if (depth == 0 && input.sizes.size() == 4 &&
            std::find(initializers.begin(), initializers.end(), input.name) == initializers.end())
            file.imageChannels = input.sizes[1];
}

void lookAtOpset(Message opset, OnnxFile& file)
{
    String domain;
    uint64 version = 0;
    for (Field f; opset.next(f);)
    {
        if (f.number == field::opsetDomain && f.begin)
            domain = f.text();
        if (f.number == field::opsetVersion)
            version = f.integer;
    }
    if (domain.empty() || domain == "ai.onnx")
        file.opset = version;
}

} // namespace

OnnxFile OnnxFile::look(const std::vector<uchar>& bytes)
{
    OnnxFile file;
    file.opset = file.imageChannels = 0;
    Message model(bytes.data(), bytes.data() + bytes.size());
    bool hasGraph = false;
    for (Field f; model.next(f);)
    {
        if (f.number == field::modelGraph && f.begin)
        {
            hasGraph = true;
            lookAtGraph(Message(f), file, 0);
        }
        if (f.number == field::modelOpset && f.begin)
            lookAtOpset(Message(f), file);
    }
    if (!hasGraph)
        CV_Error(Error::StsParseError,
                 "OpenSetClassifier: the model is not an ONNX file: it has no graph");
    return file;
}

std::vector<String> OnnxFile::outputs() const
{
    const bool hasClass = std::find(graphOutputs.begin(), graphOutputs.end(),
                                    outputNames[classOutput]) != graphOutputs.end();
    return std::vector<String>(outputNames, outputNames + (hasClass ? outputCount : classOutput));
}

void OnnxFile::check() const
{
    static const char* const all = "prob, log_likelihood, log_density, distance, p_value and class";
    if (!externalWeights.empty())
        refuse("the values of " + externalWeights +
               " are in another file (external data), which OpenCV does not read: save the model "
               "in one file");
    if (headOutputs.empty())
        refuse("the model has no GMHead layer");
    if (headOutputs.size() > 1)
        refuse(format("the model has %d GMHead layers: expected one", int(headOutputs.size())));
    const std::vector<String> needed = outputs();
    for (size_t i = 0; i < needed.size(); ++i)
    {
        if (std::find(graphOutputs.begin(), graphOutputs.end(), needed[i]) == graphOutputs.end())
            refuse("the model has no output " + needed[i] + ": expected " + all);
        if (headOutputs[0].size() <= i || headOutputs[0][i] != needed[i])
            refuse("the model's output " + needed[i] +
                   " is not that of its GMHead, whose outputs are to be " + all +
                   ", in this order");
    }
}

} // namespace dnn_gm
} // namespace cv
