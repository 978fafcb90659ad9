// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "picture_header.hpp"
#include "read_file.hpp"

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

const uint64 mostPixels = 1 << 28;
const char* const notAnImage = "expected an image that OpenCV reads";

void fail(const String& file, const String& what)
{
    CV_Error(Error::StsError, file + ": " + what);
}

void checkPixels(const String& file, uint64 width, uint64 height)
{
    if (width > 0 && height > mostPixels / width)
        fail(file, "expected at most 2^28 pixels, got " + std::to_string(width) + "x" +
                       std::to_string(height));
}

Bytes readBytes(const String& file)
{
    const String why = whyUnreadable(file);
    if (!why.empty())
        fail(file, "cannot be read: " + why);
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

} // namespace

Mat readImage(const String& file)
{
    const Bytes bytes = readBytes(file);
    if (bytes.empty())
        fail(file, "the file is empty");
    const PictureHeader header(bytes);
    if (header.cutShort)
        fail(file, format("the %s file is cut short", header.cutShort));
    checkPixels(file, header.width, header.height);
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
    checkPixels(file, uint64(image.cols), uint64(image.rows)); // of formats without a look ahead
    return image;
}

} // namespace dnn_gm
} // namespace cv
