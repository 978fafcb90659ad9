// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "onnx_operands.hpp"

#include <climits>

namespace cv
{
namespace dnn_gm
{

using protobuf::Field;
using protobuf::Message;

namespace
{

// Numbers of fields of TensorProto in onnx.proto.
namespace field
{
enum
{
    dims = 1,
    dataType = 2,
    floatData = 4,
    int32Data = 5,
    int64Data = 7,
    name = 8,
    rawData = 9,
    doubleData = 10,
    uint64Data = 11,
    location = 14
};
} // namespace field

//! A type of values: its number and name in onnx.proto, its bytes in raw_data, and the field that
//! has values otherwise.
struct ValueType
{
    int number;
    const char* name;
    uint64 bytes;
    int values;
};

const ValueType valueTypes[] = {
    {1, "float32", 4, field::floatData},  {2, "uint8", 1, field::int32Data},
    {3, "int8", 1, field::int32Data},     {4, "uint16", 2, field::int32Data},
    {5, "int16", 2, field::int32Data},    {6, "int32", 4, field::int32Data},
    {7, "int64", 8, field::int64Data},    {9, "bool", 1, field::int32Data},
    {10, "float16", 2, field::int32Data}, {11, "float64", 8, field::doubleData},
    {12, "uint32", 4, field::uint64Data}, {13, "uint64", 8, field::uint64Data},
    {16, "bfloat16", 2, field::int32Data}};

void fail(const String& what)
{
    CV_Error(Error::StsParseError, what);
}

String named(const OnnxTensor& tensor)
{
    return "the tensor " + (tensor.name.empty() ? String("of a constant") : shown(tensor.name));
}

//! How many values a field has: of floats and doubles packed or one by one, or of varints.
uint64 countValues(const Field& f)
{
    if (f.number == field::floatData || f.number == field::doubleData)
    {
        const size_t size = f.number == field::floatData ? 4 : 8;
        return f.begin ? f.size() / size : f.fixedSize == size;
    }
    // The last byte of a varint, and no other, is below 128.
    return f.begin ? uint64(std::count_if(f.begin, f.end, [](uchar byte) { return byte < 128; }))
                   : f.fixedSize == 0;
}

//! @returns how many values the sizes say
uint64 countBySizes(const OnnxTensor& tensor)
{
    uint64 count = 1;
    if (tensor.sizes.size() > mostSizes)
        fail(named(tensor) + format(" is damaged: expected at most %d sizes, got %d",
                                    int(mostSizes), int(tensor.sizes.size())));
    for (const int64 size : tensor.sizes)
    {
        if (size < 0 || size > INT_MAX || (size > 0 && count > INT_MAX / uint64(size)))
            fail(named(tensor) +
                 format(" is damaged: expected at most %d values, its sizes are ", INT_MAX) +
                 shapeString(tensor.sizes, int(tensor.sizes.size())));
        count *= uint64(size);
    }
    return count;
}

void checkCount(const OnnxTensor& tensor, uint64 expected, uint64 count, const String& what)
{
    if (count != expected)
        fail(named(tensor) + " is damaged: expected " + std::to_string(expected) + what +
             " as its sizes " + shapeString(tensor.sizes, int(tensor.sizes.size())) + " say, got " +
             std::to_string(count));
}

} // namespace

String shown(const String& name)
{
    const size_t most = 80;
    String text = name.substr(0, most) + (name.size() > most ? "..." : "");
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

OnnxTensor readTensor(Message message)
{
    OnnxTensor tensor;
    bool external = false;
    int type = 0;
    uint64 rawBytes = 0;
    std::map<int, uint64> values; // of each field that has some
    int types = 0, raws = 0;
    for (Field f; message.next(f);)
        switch (f.number) // protobuf passes over a field of another form than its number's
        {
        case field::dims:
            if (f.fixedSize == 0)
                addIntegers(f, mostSizes, tensor.sizes);
            break;
        case field::dataType:
            type = f.isInteger() ? int(f.integer) : type;
            types += f.isInteger();
            break;
        case field::name:
            if (f.begin)
                tensor.name = f.text();
            break;
        case field::location:
            external |= f.isInteger() && f.integer == 1;
            break;
        case field::rawData:
            rawBytes = f.begin ? f.size() : rawBytes;
            raws += f.begin != nullptr;
            break;
        case field::floatData:
        case field::int32Data:
        case field::int64Data:
        case field::doubleData:
        case field::uint64Data:
            values[f.number] += countValues(f);
            break;
        }
    if (types > 1 || raws > 1) // of which protobuf may take the first or the last
        protobuf::fail();
    if (external)
        fail("the values of " + named(tensor) +
             " are in another file (external data), which OpenCV does not read: save the model in "
             "one file");
    const uint64 count = countBySizes(tensor);
    for (const ValueType& each : valueTypes)
        if (each.number == type)
        {
            const uint64 valueCount = values[each.values];
            if (valueCount > 0)
                checkCount(tensor, count, valueCount, format(" values of %s", each.name));
            if (rawBytes > 0 || valueCount == 0)
                checkCount(tensor, count * each.bytes, rawBytes, format(" bytes of %s", each.name));
        }
    return tensor;
}

namespace
{

const char* const counts[] = {"group", "kernel_shape", "strides", "dilations", "blocksize"};

bool isOneOf(const String& type, std::initializer_list<const char*> types)
{
    return std::find(types.begin(), types.end(), type) != types.end();
}

//! Operators that take numbers of every input, so that none may be without. Others may have an
//! empty list, such as the scales of Resize where it has sizes.
bool needsNumbers(const String& type)
{
    return isOneOf(type, {"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization",
                          "InstanceNormalization", "PRelu", "Add", "Sub", "Mul", "Div", "Pow"});
}

size_t leastSizes(const String& type)
{
    return isOneOf(type, {"Conv", "ConvTranspose"}) ? 3 : type == "Gemm" ? 2 : 0;
}

} // namespace

bool isCount(const String& attribute)
{
    return std::find(std::begin(counts), std::end(counts), attribute) != std::end(counts);
}

void checkOperands(const OnnxNode& node, const OnnxConstants& constants)
{
    for (const auto& each : node.integers)
        for (const int64 value : each.second)
            if (value < 1 || value > INT_MAX)
                fail(node.shown() + ": expected its attribute " + each.first +
                     " to be from 1, got " + std::to_string(value));
    if (node.type == "GMHead") // checks its constants itself
        return;
    for (size_t i = 0; i < node.inputs.size(); ++i)
    {
        const auto constant = constants.find(node.inputs[i]);
        if (constant == constants.end())
            continue;
        const std::vector<int64>& sizes = constant->second.sizes;
        const size_t least = i == 1 ? leastSizes(node.type) : 0;
        const bool isEmpty = std::count(sizes.begin(), sizes.end(), 0) > 0;
        if (sizes.size() < least || (isEmpty && (sizes.size() > 1 || needsNumbers(node.type))))
            fail(named(constant->second) + ": expected " +
                 (least > 0 ? format("%d or more ", int(least)) : String()) +
                 "sizes from 1 as an input of " + shown(node.type) + ", got " +
                 shapeString(sizes, int(sizes.size())));
    }
}

} // namespace dnn_gm
} // namespace cv
