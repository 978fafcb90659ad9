// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "picture_header.hpp"

#include <cstring>

namespace cv
{
namespace dnn_gm
{

namespace
{

//! The bytes of a file; beyond its end there are zeros.
class Bytes
{
public:
    explicit Bytes(const std::vector<uchar>& file) : bytes(file) {}

    size_t size() const { return bytes.size(); }

    template <size_t N> bool have(size_t at, const char (&text)[N]) const
    {
        return at <= size() && size() - at >= N - 1 &&
               std::memcmp(bytes.data() + at, text, N - 1) == 0;
    }

    //! Where the byte is from a place on; the size if nowhere.
    size_t find(size_t from, uchar byte) const
    {
        return size_t(std::find(bytes.begin() + std::min(from, size()), bytes.end(), byte) -
                      bytes.begin());
    }

    uint64 number(size_t at, int count, bool bigEndian) const
    {
        uint64 value = 0;
        for (int i = 0; i < count; ++i)
        {
            const size_t place = at + size_t(bigEndian ? i : count - 1 - i);
            value = value << 8 | (place < size() ? bytes[place] : 0);
        }
        return value;
    }

    uint64 big(size_t at, int count) const { return number(at, count, true); }
    uint64 little(size_t at, int count) const { return number(at, count, false); }

private:
    const std::vector<uchar>& bytes;
};

//! What a segment holds is passed over, so that the end of a thumbnail does not count, and what
//! follows the end does not matter.
void readJpeg(const Bytes& file, PictureHeader& header)
{
    header.cutShort = "JPEG";
    for (size_t at = file.find(2, 0xff); at + 1 < file.size(); at = file.find(at, 0xff))
    {
        const uint64 code = file.big(at + 1, 1);
        if (code == 0xd9) // the end
        {
            header.cutShort = nullptr;
            return;
        }
        const bool isFrame =
            code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc;
        if (isFrame && header.width == 0)
        {
            header.height = file.big(at + 5, 2);
            header.width = file.big(at + 7, 2);
        }
        // Before the byte that tells the marker there may be more of 0xff. That byte of compressed
        // data is written as 0xff00. TEM, RSTn and SOI stand alone.
        const bool alone = code <= 0x01 || (code >= 0xd0 && code <= 0xd8) || code == 0xff;
        at += code == 0xff ? 1 : 2;
        if (!alone)
            at += file.big(at, 2);
    }
}

void readPng(const Bytes& file, PictureHeader& header)
{
    header.width = file.big(16, 4);
    header.height = file.big(20, 4);
    header.cutShort = "PNG";
    const uint64 frame = 12; // of a chunk: length, type, checksum
    for (uint64 at = 8; at + frame <= file.size(); at += frame + file.big(size_t(at), 4))
        if (file.have(size_t(at) + 4, "IEND"))
            header.cutShort = nullptr;
}

void readBmp(const Bytes& file, PictureHeader& header)
{
    const bool old = file.little(14, 4) == 12;
    const auto side = [&](size_t at)
    { return old ? file.little(at, 2) : uint64(std::abs(int64(int(file.little(at, 4))))); };
    header.width = side(18);
    header.height = side(old ? 20 : 22);
}

void readGif(const Bytes& file, PictureHeader& header)
{
    header.width = file.little(6, 2);
    header.height = file.little(8, 2);
}

//! Of the extended form: the others have sides of at most 2^14 pixels.
void readWebP(const Bytes& file, PictureHeader& header)
{
    if (!file.have(12, "VP8X"))
        return;
    header.width = file.little(24, 3) + 1;
    header.height = file.little(27, 3) + 1;
}

//! Of the first picture, which is the one that is read.
void readTiff(const Bytes& file, PictureHeader& header)
{
    const bool bigEndian = file.have(0, "MM"), large = file.big(2, 2) == (bigEndian ? 43 : 0x2b00);
    const auto number = [&](uint64 at, int count) { return file.number(at, count, bigEndian); };
    const uint64 folder = large ? number(8, 8) : number(4, 4);
    const uint64 entries = number(folder, large ? 8 : 2), size = large ? 20 : 12;
    const uint64 first = folder + (large ? 8 : 2);
    for (uint64 i = 0; i < entries && first + (i + 1) * size <= file.size(); ++i)
    {
        const uint64 at = first + i * size, tag = number(at, 2);
        const uint64 type = number(at + 2, 2);
        const uint64 value = number(at + (large ? 12 : 8), type == 3 ? 2 : type == 16 ? 8 : 4);
        if (tag == 256)
            header.width = value;
        if (tag == 257)
            header.height = value;
    }
}

//! Its codestream may be within other data: the largest of all that may be one counts.
void readJpeg2000(const Bytes& file, PictureHeader& header)
{
    for (size_t at = file.find(0, 0xff); at < file.size(); at = file.find(at + 1, 0xff))
        if (file.have(at, "\xff\x4f\xff\x51"))
        {
            header.width = std::max(header.width, file.big(at + 8, 4));
            header.height = std::max(header.height, file.big(at + 12, 4));
        }
}

} // namespace

PictureHeader::PictureHeader(const std::vector<uchar>& bytes)
    : width(0), height(0), cutShort(nullptr)
{
    const Bytes file(bytes);
    // OpenCV itself refuses files of other formats than these two that are cut short.
    if (file.have(0, "\xff\xd8"))
        readJpeg(file, *this);
    else if (file.have(0, "\x89PNG\r\n\x1a\n"))
        readPng(file, *this);
    else if (file.have(0, "BM"))
        readBmp(file, *this);
    else if (file.have(0, "GIF8"))
        readGif(file, *this);
    else if (file.have(0, "RIFF") && file.have(8, "WEBP"))
        readWebP(file, *this);
    else if (file.have(0, "II") || file.have(0, "MM"))
        readTiff(file, *this);
    else if (file.have(0, "\xff\x4f\xff\x51") || file.have(4, "jP  \r\n\x87\n"))
        readJpeg2000(file, *this);
}

} // namespace dnn_gm
} // namespace cv
