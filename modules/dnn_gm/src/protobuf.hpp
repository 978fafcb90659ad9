// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PROTOBUF_HPP
#define OPENCV_DNN_GM_PROTOBUF_HPP

// Messages in protobuf's wire format, read where they lie. What is cut short ends in an exception.

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{
namespace protobuf
{

//! @throws cv::Exception always
inline void fail()
{
    CV_Error(Error::StsParseError, "the model is not an ONNX file, or damaged");
}

//! One field of a message.
struct Field
{
    int number;
    uint64 integer;           //!< of a varint
    size_t fixedSize;         //!< bytes of a number of fixed size, else 0
    const uchar *begin, *end; //!< of a string or message; otherwise both NULL

    bool isInteger() const { return !begin && fixedSize == 0; }
    String text() const { return String(begin, end); }
    size_t size() const { return size_t(end - begin); }
};

//! The fields of a message, one after the other.
class Message
{
public:
    Message(const uchar* begin, const uchar* end_) : at(begin), end(end_) {}
    explicit Message(const Field& field) : at(field.begin), end(field.end) {}

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
        case 5:
            found.fixedSize = (key & 7) == 1 ? 8 : 4;
            skip(found.fixedSize);
            break;
        case 2:
        {
            const uint64 length = varint();
            found.begin = at;
            skip(length);
            found.end = at;
            break;
        }
        default:
            fail();
        }
        return true;
    }

    //! Of numbers in a packed field, the next.
    bool nextPacked(uint64& number)
    {
        if (at == end)
            return false;
        number = varint();
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

//! Whether there is a message of this number within another. Protobuf makes one of several, which
//! no program writes.
inline bool find(Message parent, int number, Message& found)
{
    bool has = false;
    for (Field f; parent.next(f);)
        if (f.number == number && f.begin)
        {
            if (has)
                fail();
            found = Message(f);
            has = true;
        }
    return has;
}

//! That message; empty if there is none.
inline Message child(const Message& parent, int number)
{
    Message found(nullptr, nullptr);
    find(parent, number, found);
    return found;
}

//! Integers of a repeated field, packed or not. One that packs more than `most`, 10 bytes each, is
//! refused before they take several times its memory.
inline void addIntegers(const Field& field, size_t most, std::vector<int64>& numbers)
{
    if (!field.begin)
        return numbers.push_back(int64(field.integer));
    if (field.size() > 10 * most)
        fail();
    Message packed(field);
    for (uint64 number; packed.nextPacked(number);)
        numbers.push_back(int64(number));
}

} // namespace protobuf
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_PROTOBUF_HPP
