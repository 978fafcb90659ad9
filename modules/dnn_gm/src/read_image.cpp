// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

#include "opencv2/imgcodecs.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace cv
{
namespace dnn_gm
{

namespace
{

typedef std::vector<uchar> Bytes;

const char* const notAnImage = "expected an image that OpenCV reads";

void fail(const String& file, const String& what)
{
    CV_Error(Error::StsError, file + ": " + what);
}

Bytes readBytes(const String& file)
{
    std::unique_ptr<FILE, int (*)(FILE*)> stream(std::fopen(file.c_str(), "rb"), std::fclose);
    Bytes bytes;
    size_t read = 0;
    while (stream && read == bytes.size())
    {
        // A film among the pictures is not read to its end.
        if (read > 0 && !haveImageReader(file))
            fail(file, notAnImage);
        if (read > size_t(std::numeric_limits<int>::max()) / 2)
            fail(file, "expected a file of less than 1 GiB");
        bytes.resize(std::max(size_t(1) << 16, 2 * read));
        read += std::fread(&bytes[read], 1, bytes.size() - read, stream.get());
    }
    if (!stream || std::ferror(stream.get()))
        fail(file, String("cannot be read: ") + std::strerror(errno));
    bytes.resize(read);
    return bytes;
}

bool beginsWith(const Bytes& bytes, const char* signature)
{
    const size_t length = std::strlen(signature);
    return bytes.size() >= length && std::memcmp(bytes.data(), signature, length) == 0;
}

size_t bigEndian(const uchar* bytes, int count)
{
    size_t number = 0;
    for (int i = 0; i < count; ++i)
        number = number << 8 | bytes[i];
    return number;
}

//! Whether a JPEG file has the end marker of its own picture. What a segment holds is passed over,
//! so that the end of a thumbnail does not count, and what follows the end does not matter.
bool jpegHasEnd(const Bytes& bytes)
{
    for (size_t at = 2; at + 1 < bytes.size();)
    {
        const void* next = std::memchr(&bytes[at], 0xff, bytes.size() - 1 - at);
        if (!next)
            return false;
        at = static_cast<const uchar*>(next) - bytes.data();
        const uchar code = bytes[at + 1];
        if (code == 0xd9)
            return true;
        // Before the byte that tells the marker there may be more of 0xff. That byte of compressed
        // data is written as 0xff00. TEM, RSTn and SOI stand alone.
        at += code == 0xff ? 1 : 2;
        const bool alone = code <= 0x01 || (code >= 0xd0 && code <= 0xd8) || code == 0xff;
        if (!alone && at + 1 < bytes.size())
            at += bigEndian(&bytes[at], 2);
    }
    return false;
}

bool pngHasEnd(const Bytes& bytes)
{
    const size_t frame = 12; // of a chunk: length, type, checksum
    for (size_t at = 8; at + frame <= bytes.size();)
    {
        if (std::memcmp(&bytes[at + 4], "IEND", 4) == 0)
            return true;
        at += frame + bigEndian(&bytes[at], 4);
    }
    return false;
}

} // namespace

Mat readImage(const String& file)
{
    const Bytes bytes = readBytes(file);
    if (bytes.empty())
        fail(file, "the file is empty");
    // OpenCV itself refuses files of the other formats that are cut short.
    if (beginsWith(bytes, "\xff\xd8") && !jpegHasEnd(bytes))
        fail(file, "the JPEG file is cut short");
    if (beginsWith(bytes, "\x89PNG\r\n\x1a\n") && !pngHasEnd(bytes))
        fail(file, "the PNG file is cut short");
    Mat image;
    try
    {
        image = imdecode(bytes, IMREAD_COLOR);
    }
    catch (const Exception& error)
    {
        fail(file, "expected an image within OpenCV's limits, got: " + error.err);
    }
    if (image.empty())
        fail(file, notAnImage);
    return image;
}

} // namespace dnn_gm
} // namespace cv
