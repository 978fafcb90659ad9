// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"

#include "opencv2/imgcodecs.hpp"
#include "opencv2/imgproc.hpp"

#ifndef _WIN32
#include <sys/stat.h>
#endif

namespace opencv_test
{
namespace
{

typedef std::vector<int> Options; // of imencode()

Mat picture()
{
    Mat image(61, 83, CV_8UC3);
    RNG random(1);
    random.fill(image, RNG::UNIFORM, 0, 256);
    GaussianBlur(image, image, Size(5, 5), 2);
    return image;
}

std::string encoded(const std::string& extension, const Options& options = Options(),
                    const Mat& image = picture())
{
    std::vector<uchar> bytes;
    CV_Assert(imencode(extension, image, bytes, options));
    return std::string(bytes.begin(), bytes.end());
}

std::vector<Options> jpegs()
{
    return {{}, {IMWRITE_JPEG_PROGRESSIVE, 1}, {IMWRITE_JPEG_RST_INTERVAL, 3}};
}

//! Of the formats beside JPEG those that this OpenCV writes: it may be built with few.
std::vector<std::string> otherFormats()
{
    std::vector<std::string> written;
    for (const std::string extension : {".png", ".bmp", ".webp", ".ppm", ".tiff"})
        if (haveImageWriter("picture" + extension))
            written.push_back(extension);
        else
            std::cout << "this OpenCV does not write " << extension << std::endl;
    EXPECT_GE(written.size(), 2u);
    return written;
}

std::string bigEndian(size_t number, int count)
{
    std::string bytes;
    for (int i = count - 1; i >= 0; --i)
        bytes += char(number >> 8 * i & 0xff);
    return bytes;
}

std::string littleEndian(size_t number, int count)
{
    const std::string bytes = bigEndian(number, count);
    return std::string(bytes.rbegin(), bytes.rend());
}

//! With an EXIF segment that says how the picture is turned and holds `thumbnail`.
std::string withExif(const std::string& jpeg, char orientation, const std::string& thumbnail)
{
    const std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19);
    const std::string exif = std::string("Exif\0\0", 6) + tiff + orientation +
                             std::string("\0\0\0\0\0\0", 6) + thumbnail;
    return jpeg.substr(0, 2) + "\xff\xe1" + bigEndian(exif.size() + 2, 2) + exif + jpeg.substr(2);
}

//! A file that says it holds so many pixels of grey.
std::string pngOf(size_t width, size_t height)
{
    std::string png = encoded(".png", Options(), Mat(1, 1, CV_8UC1, Scalar(0)));
    png.replace(16, 8, bigEndian(width, 4) + bigEndian(height, 4));
    uint32_t checksum = ~0u; // of the header
    for (size_t i = 12; i < 29; ++i)
    {
        checksum ^= uchar(png[i]);
        for (int bit = 0; bit < 8; ++bit)
            checksum = checksum >> 1 ^ (checksum & 1 ? 0xedb88320 : 0);
    }
    return png.replace(29, 4, bigEndian(~checksum, 4));
}

class DNN_GM_ReadImage : public testing::Test
{
protected:
    void isRead(const std::string& name, const std::string& bytes) const
    {
        SCOPED_TRACE(name);
        const std::string file = folder.write(name, bytes);
        const Mat expected = imread(file), image = readImage(file);
        ASSERT_EQ(expected.size(), image.size());
        EXPECT_EQ(CV_8UC3, image.type());
        EXPECT_EQ(0, cvtest::norm(image, expected, NORM_INF));
    }

    //! With the file's path and `part` in the message.
    void isRefused(const std::string& name, const std::string& bytes,
                   const std::string& part = "") const
    {
        const std::string file = folder.write(name, bytes);
        EXPECT_TRUE(refuses([&] { readImage(file); }, file + ": ", part));
    }

    const TemporaryFolder folder;
};

TEST_F(DNN_GM_ReadImage, whole_files_are_read_as_by_imread)
{
    for (const Options& options : jpegs())
        isRead("whole.jpg", encoded(".jpg", options));
    for (const std::string& extension : otherFormats())
        isRead("Ein Bild \xC3\xA4" + extension, encoded(extension));
    isRead("grey.png", encoded(".png", Options(), picture().reshape(1)));
}

TEST_F(DNN_GM_ReadImage, pictures_are_turned_as_exif_says)
{
    isRead("turned.jpg", withExif(encoded(".jpg"), 6, ""));
    EXPECT_EQ(Size(61, 83), readImage(folder.file("turned.jpg")).size());
}

TEST_F(DNN_GM_ReadImage, files_that_are_cut_short_are_refused)
{
    for (const Options& options : jpegs())
    {
        const std::string jpeg = encoded(".jpg", options);
        for (const size_t size : {jpeg.size() / 2, jpeg.size() * 2 / 3, jpeg.size() - 2})
            isRefused("cut.jpg", jpeg.substr(0, size), "the JPEG file is cut short");
        for (size_t size = 1; size < jpeg.size(); size += 7)
            isRefused("c.jpg", jpeg.substr(0, size));
    }
    for (const std::string& extension : otherFormats())
    {
        const std::string bytes = encoded(extension), name = "cut" + extension;
        isRefused(name, bytes.substr(0, bytes.size() / 2));
        isRefused(name, bytes.substr(0, bytes.size() * 2 / 3));
    }
    const std::string png = encoded(".png");
    isRefused("cut.png", png.substr(0, png.size() - 12), "the PNG file is cut short");
}

TEST_F(DNN_GM_ReadImage, the_end_of_a_thumbnail_is_not_that_of_the_picture)
{
    const std::string jpeg = withExif(encoded(".jpg"), 1, encoded(".jpg"));
    isRead("thumbnail.jpg", jpeg);
    isRefused("cut.jpg", jpeg.substr(0, jpeg.size() * 3 / 4), "the JPEG file is cut short");
}

TEST_F(DNN_GM_ReadImage, what_follows_the_end_does_not_matter)
{
    const std::string jpeg = encoded(".jpg");
    isRead("padded.jpg", jpeg + std::string(100000, '\0'));
    isRead("film.jpg", jpeg +
                           std::string("\0\0\0\x18"
                                       "ftypmp42",
                                       12) +
                           std::string(5000, '\xff'));
    isRead("two.jpg", jpeg + jpeg.substr(0, jpeg.size() / 2));
    isRead("padded.png", encoded(".png") + std::string(5000, '\0'));
}

TEST_F(DNN_GM_ReadImage, bytes_that_fill_up_before_a_marker_are_passed_over)
{
    const std::string jpeg = encoded(".jpg");
    isRead("filled.jpg", jpeg.substr(0, jpeg.size() - 2) + "\xff\xff\xff\xd9");
}

TEST_F(DNN_GM_ReadImage, what_is_no_image_is_named)
{
    const std::string absent = folder.file("absent.jpg");
    EXPECT_TRUE(refuses([&] { readImage(absent); }, absent + ": cannot be read: "));
    ASSERT_TRUE(cv::utils::fs::createDirectory(folder.file("folder.png")));
    isRefused("folder.png", "", "folder.png: cannot be read: ");
    isRefused("empty.png", "", "empty.png: the file is empty");
    isRefused("text.png", "this is no image", "text.png: expected an image that OpenCV reads");
    isRefused("film.mp4", std::string(200000, 'x'),
              "film.mp4: expected an image that OpenCV reads");
    isRefused("start.jpg", "\xff\xd8");
    isRefused("start.png", "\x89PNG\r\n\x1a\n");
}

TEST_F(DNN_GM_ReadImage, an_image_beyond_the_limits_of_opencv_is_named)
{
    isRefused("width.bmp",
              encoded(".bmp").replace(18, 8, littleEndian(2000000, 4) + littleEndian(1, 4)),
              "expected an image within OpenCV's limits");
    isRefused("width.png", pngOf(2000000, 1));
}

//! A TIFF file of nothing but its sizes, as numbers of `bytes` bytes.
std::string tiffOf(bool isLarge, int bytes, std::string (*number)(size_t, int))
{
    const int count = isLarge ? 8 : 4; // bytes of places and of numbers of things
    std::string tiff = number == bigEndian ? "MM" : "II";
    tiff += number(isLarge ? 43 : 42, 2);
    if (isLarge)
        tiff += number(8, 2) + number(0, 2);
    tiff += number(tiff.size() + count, count) + number(2, isLarge ? 8 : 2);
    for (const int tag : {256, 257})
        tiff += number(tag, 2) +
                number(bytes == 2   ? 3
                       : bytes == 4 ? 4
                                    : 16,
                       2) +
                number(1, count) + number(30000, bytes) + std::string(count - bytes, '\0');
    return tiff + number(0, count);
}

// By the header, before any of them is decoded.
TEST_F(DNN_GM_ReadImage, pictures_of_more_pixels_than_the_bound_are_refused)
{
    const std::string said = "expected at most 2^28 pixels, got 30000x30000";
    isRefused("a.png", pngOf(30000, 30000), said);
    isRefused("most.png", pngOf(16384, 16385), "got 16384x16385");
    const std::string sides = bigEndian(30000, 2) + bigEndian(30000, 2);
    for (const Options& options : jpegs())
    {
        std::string jpeg = encoded(".jpg", options);
        const size_t frame = jpeg.find(bigEndian(61, 2) + bigEndian(83, 2));
        isRefused("a.jpg", withExif(jpeg.replace(frame, 4, sides), 1, encoded(".jpg")), said);
    }
    const std::string little = littleEndian(30000, 4) + littleEndian(30000, 4);
    isRefused("a.bmp", encoded(".bmp").replace(18, 8, little), said);
    isRefused("upright.bmp",
              encoded(".bmp").replace(18, 8, littleEndian(30000, 4) + littleEndian(-30000, 4)),
              said);
    isRefused("old.bmp",
              "BM" + std::string(12, ' ') + littleEndian(12, 4) + littleEndian(30000, 2) +
                  littleEndian(30000, 2),
              said);
    isRefused("a.gif", "GIF89a" + littleEndian(30000, 2) + littleEndian(30000, 2), said);
    for (const bool isLarge : {false, true})
        for (const int bytes : {2, 4})
            for (const auto number : {bigEndian, littleEndian})
                isRefused("a.tiff", tiffOf(isLarge, bytes, number), said);
    isRefused("a.tiff", tiffOf(true, 8, bigEndian), said);
    isRefused("a.tiff", tiffOf(true, 8, littleEndian), said);
    isRefused("extended.webp",
              "RIFF    WEBPVP8X" + std::string(8, ' ') + littleEndian(29999, 3) +
                  littleEndian(29999, 3),
              said);
    const std::string codestream =
        std::string("\xff\x4f\xff\x51\0\x2f\0\0", 8) + bigEndian(30000, 4) + bigEndian(30000, 4);
    isRefused("a.j2k", codestream, said);
    isRefused("a.jp2", std::string("\0\0\0\x0cjP  \r\n\x87\n", 12) + "more" + codestream, said);
}

#ifndef _WIN32
TEST_F(DNN_GM_ReadImage, pipes_and_devices_are_not_read)
{
    const std::string said = "cannot be read: expected a file, this is a pipe or a device";
    const std::string pipe = folder.file("pipe.png");
    ASSERT_EQ(0, mkfifo(pipe.c_str(), 0600));
    EXPECT_TRUE(refuses([&] { readImage(pipe); }, pipe + ": " + said));
    EXPECT_TRUE(refuses([&] { readImage("/dev/zero"); }, "/dev/zero: " + said));
    EXPECT_TRUE(refuses([&] { OpenSetClassifier::create(pipe); }, pipe, said.substr(16)));
    EXPECT_TRUE(refuses([&] { GaussianMixture::load(pipe); }, pipe + ": ", said.substr(16)));
    EXPECT_TRUE(refuses([&] { checkOnnx(pipe); }, pipe + ": ", said.substr(16)));
}
#endif

} // namespace
} // namespace opencv_test
