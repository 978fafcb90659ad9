// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "onnx_file.hpp"
#include "onnx_operands.hpp"
#include "read_file.hpp"

#include <set>

namespace cv
{
namespace dnn_gm
{

using protobuf::Field;
using protobuf::Message;

const char* const outputNames[outputCount] = {"prob",     "log_likelihood", "log_density",
                                              "distance", "p_value",        "class"};

void refuse(const String& what)
{
    CV_Error(Error::StsBadArg, "OpenSetClassifier: " + what);
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
    nodeInput = 1,
    nodeOutput = 2,
    nodeName = 3,
    nodeType = 4,
    nodeAttribute = 5,
    attributeName = 1,
    attributeInteger = 3,
    attributeTensor = 5,
    attributeGraph = 6,
    attributeIntegers = 8,
    valueName = 1,
    valueType = 2,
    typeTensor = 1,
    tensorShape = 2,
    shapeDim = 1,
    dimValue = 1
};
} // namespace field

// As deep as protobuf itself reads.
const int mostDepth = 100;

//! @param depth 0 for the model's own graph, else how deep in attributes of nodes it is
void lookAtGraph(Message graph, OnnxFile& file, int depth);

/** @brief Takes a constant by its name.

OpenCV takes the first of two of a name. They may be of the same sizes, which are all that is looked
at.
 */
void addConstant(const String& name, const OnnxTensor& tensor, OnnxConstants& constants)
{
    const auto put = constants.insert(std::make_pair(name, tensor));
    if (!put.second && put.first->second.sizes != tensor.sizes)
        protobuf::fail();
}

//! Adds to the constants of the node's graph what a Constant holds, by the node's output.
void lookAtAttribute(const Message& whole, OnnxNode& node, OnnxConstants& constants, OnnxFile& file,
                     int depth)
{
    String name;
    Message attribute = whole;
    for (Field f; attribute.next(f);)
        if (f.number == field::attributeName && f.begin)
            name = f.text();
    std::vector<int64> integers;
    attribute = whole;
    for (Field f; attribute.next(f);)
    {
        if (isCount(name) &&
            (f.number == field::attributeInteger || f.number == field::attributeIntegers))
            addIntegers(f, mostSizes, integers);
        if (f.number == field::attributeGraph && f.begin)
            lookAtGraph(Message(f), file, depth + 1);
    }
    Message tensor(nullptr, nullptr);
    if (find(whole, field::attributeTensor, tensor))
    {
        const OnnxTensor value = readTensor(tensor); // is looked at in any case
        if (node.type == "Constant" && !node.outputs.empty())
            addConstant(node.outputs[0], value, constants);
    }
    if (isCount(name))
        node.integers[name] = integers;
}

OnnxNode lookAtNode(const Message& whole, OnnxConstants& constants, OnnxFile& file, int depth)
{
    OnnxNode node;
    Message message = whole;
    for (Field f; message.next(f);)
    {
        if (!f.begin)
            continue;
        if (f.number == field::nodeType)
            node.type = f.text();
        if (f.number == field::nodeName)
            node.name = f.text();
        if (f.number == field::nodeInput)
            node.inputs.push_back(f.text());
        if (f.number == field::nodeOutput)
            node.outputs.push_back(f.text());
    }
    if (node.name.empty() && !node.outputs.empty())
        node.name = node.outputs[0];
    message = whole;
    for (Field f; message.next(f);)
        if (f.number == field::nodeAttribute && f.begin)
            lookAtAttribute(Message(f), node, constants, file, depth);
    if (node.type == "GMHead")
        file.headOutputs.push_back(node.outputs);
    return node;
}

struct Input
{
    String name;
    std::vector<int64> sizes; //!< 0 where they are not fixed
    bool fits;                //!< into mostInputValues
};

//! Values that a network may take at once, 1 GiB of them; OpenCV would find out by allocating them.
const int64 mostInputValues = 1 << 28;

Input readInput(const Message& message)
{
    Input input;
    Message shape =
        child(child(child(message, field::valueType), field::typeTensor), field::tensorShape);
    int64 values = 1;
    input.fits = true;
    for (Field dim; shape.next(dim);)
    {
        if (dim.number != field::shapeDim || !dim.begin)
            continue;
        input.sizes.push_back(0);
        Message size(dim);
        for (Field f; size.next(f);)
            if (f.number == field::dimValue)
                input.sizes.back() = std::max<int64>(0, int64(f.integer)); // some write -1
        const int64 times = std::max<int64>(1, input.sizes.back());
        input.fits = input.fits && times <= mostInputValues / values;
        values *= input.fits ? times : 1;
    }
    Message again = message;
    for (Field f; again.next(f);)
        if (f.number == field::valueName && f.begin)
            input.name = f.text();
    if (input.sizes.size() > mostSizes)
        protobuf::fail();
    return input;
}

//! What a node takes must be there before it: OpenCV looks at the shape of it all the same.
void checkNames(const std::vector<OnnxNode>& nodes, const std::vector<Input>& inputs,
                const OnnxConstants& constants)
{
    std::set<String> known;
    known.insert(String()); // an input that is left out
    for (const Input& input : inputs)
        known.insert(input.name);
    for (const OnnxNode& node : nodes)
    {
        for (const String& input : node.inputs)
            if (known.count(input) == 0 && constants.count(input) == 0)
                CV_Error(Error::StsParseError, node.shown() + " takes " + shown(input) +
                                                   ", which no node before it gives");
        known.insert(node.outputs.begin(), node.outputs.end());
    }
}

void lookAtGraph(Message graph, OnnxFile& file, int depth)
{
    if (depth > mostDepth)
        protobuf::fail();
    std::vector<Input> inputs;
    std::set<String> weights;
    OnnxConstants constants;
    std::vector<OnnxNode> nodes;
    for (Field f; graph.next(f);)
    {
        if (!f.begin)
            continue;
        if (f.number == field::graphNode)
            nodes.push_back(lookAtNode(Message(f), constants, file, depth));
        if (f.number == field::graphInitializer)
        {
            const OnnxTensor tensor = readTensor(Message(f));
            addConstant(tensor.name, tensor, constants);
            weights.insert(tensor.name);
        }
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
    for (const OnnxNode& node : nodes)
        checkOperands(node, constants);
    if (depth == 0)
        checkNames(nodes, inputs, constants);
    for (const Input& input : inputs)
    {
        if (weights.count(input.name) > 0) // older files list them among the inputs too
            continue;
        if (!input.fits)
            CV_Error(Error::StsOutOfRange,
                     format("the graph's input %s: expected at most %d values, its sizes are ",
                            shown(input.name).c_str(), int(mostInputValues)) +
                         shapeString(input.sizes, int(input.sizes.size())));
        if (depth == 0 && input.sizes.size() == 4)
            file.imageChannels = uint64(input.sizes[1]);
    }
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
            if (hasGraph) // protobuf makes one of several
                protobuf::fail();
            hasGraph = true;
            lookAtGraph(Message(f), file, 0);
        }
        if (f.number == field::modelOpset && f.begin)
            lookAtOpset(Message(f), file);
    }
    if (!hasGraph)
        CV_Error(Error::StsParseError, "the model is not an ONNX file: it has no graph");
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

void checkOnnx(const std::vector<uchar>& model)
{
    OnnxFile::look(model);
}

void checkOnnx(const String& file)
{
    const std::vector<uchar> bytes = readModel(file);
    try
    {
        checkOnnx(bytes);
    }
    catch (const cv::Exception& error)
    {
        CV_Error(error.code, file + ": " + error.err);
    }
}

} // namespace dnn_gm
} // namespace cv
