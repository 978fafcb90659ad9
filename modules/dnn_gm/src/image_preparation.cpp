// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

const int64 mostPixels = 1 << 24; // of a network's input, and before the middle is cut from it

void fail(const String& what)
{
    CV_Error(Error::StsBadArg, "ImagePreparation: " + what);
}

int interpolationFlag(const String& name, bool shrinks)
{
    // INTER_AREA does what INTER_NEAREST does where it enlarges.
    if (name == "area")
        return shrinks ? INTER_AREA : INTER_LINEAR;
    if (name == "nearest")
        return INTER_NEAREST;
    if (name == "linear")
        return INTER_LINEAR;
    if (name == "cubic")
        return INTER_CUBIC;
    if (name == "lanczos4")
        return INTER_LANCZOS4;
    fail("interpolation must be area, nearest, linear, cubic or lanczos4, got " + name);
    return -1;
}

//! The part of `inner`'s size in the middle of `outer`, half a pixel towards the corner where the
//! margins cannot be equal.
Rect middle(const Size& outer, const Size& inner)
{
    return Rect((outer.width - inner.width) / 2, (outer.height - inner.height) / 2, inner.width,
                inner.height);
}

int scaledSide(int side, int numerator, int denominator)
{
    const int64 scaled = (int64(side) * numerator + denominator / 2) / denominator;
    return std::max(1, saturate_cast<int>(scaled));
}

//! The largest size with the proportions of `like` that fits into `size`.
Size fitted(const Size& like, const Size& size)
{
    return int64(like.width) * size.height > int64(size.width) * like.height
               ? Size(size.width, scaledSide(like.height, size.width, like.width))
               : Size(scaledSide(like.width, size.height, like.height), size.height);
}

Mat resized(const Mat& image, const Size& size, const String& interpolation)
{
    if (image.size() == size)
        return image;
    const bool shrinks = int64(size.width) * size.height < int64(image.cols) * image.rows;
    Mat result;
    resize(image, result, size, 0, 0, interpolationFlag(interpolation, shrinks));
    return result;
}

Mat broughtToSize(const Mat& image, const ImagePreparation& how)
{
    const Size& size = how.resizeSize;
    if (image.size() == size || how.resizeMode == "stretch")
        return resized(image, size, how.interpolation);
    if (how.resizeMode == "crop_center")
        return resized(image(middle(image.size(), fitted(size, image.size()))), size,
                       how.interpolation);
    const Mat inner = resized(image, fitted(image.size(), size), how.interpolation);
    Mat filled(size, image.type(), Scalar::all(how.fill));
    inner.copyTo(filled(middle(size, inner.size())));
    return filled;
}

Mat inChannelOrder(const Mat& image, const String& order)
{
    static const int toGray[] = {-1, -1, -1, COLOR_BGR2GRAY, COLOR_BGRA2GRAY};
    static const int toBGR[] = {-1, COLOR_GRAY2BGR, -1, -1, COLOR_BGRA2BGR};
    static const int toRGB[] = {-1, COLOR_GRAY2RGB, -1, COLOR_BGR2RGB, COLOR_BGRA2RGB};
    const int* codes = order == "GRAY" ? toGray : order == "BGR" ? toBGR : toRGB;
    const int code = order == "GRAY" && image.channels() == 1 ? -1 : codes[image.channels()];
    if (code < 0)
        return image;
    Mat converted;
    cvtColor(image, converted, code);
    return converted;
}

} // namespace

ImagePreparation::ImagePreparation()
    : resizeMode("stretch"), interpolation("area"), fill(0), channelOrder("BGR")
{
}

int ImagePreparation::channels() const
{
    return channelOrder == "GRAY" ? 1 : 3;
}

void ImagePreparation::check() const
{
    if (inputSize.width < 1 || inputSize.height < 1)
        fail(format("the input size must be positive, got %dx%d", inputSize.width,
                    inputSize.height));
    if (resizeSize.width < inputSize.width || resizeSize.height < inputSize.height)
        fail(format("the resize size must be at least the input size %dx%d, got %dx%d",
                    inputSize.width, inputSize.height, resizeSize.width, resizeSize.height));
    if (int64(resizeSize.width) * resizeSize.height > mostPixels)
        fail(format("the resize size must have at most %d pixels, got %dx%d", int(mostPixels),
                    resizeSize.width, resizeSize.height));
    if (resizeMode != "stretch" && resizeMode != "crop_center" && resizeMode != "letterbox")
        fail("resize_mode must be stretch, crop_center or letterbox, got " + resizeMode);
    interpolationFlag(interpolation, true);
    if (fill < 0 || fill > 255)
        fail(format("fill must be within [0,255], got %d", fill));
    if (channelOrder != "GRAY" && channelOrder != "BGR" && channelOrder != "RGB")
        fail("channel_order must be GRAY, BGR or RGB, got " + channelOrder);
}

void prepareImage(InputArray image, OutputArray prepared, const ImagePreparation& how)
{
    how.check();
    const Mat given = image.getMat();
    if (given.empty())
        CV_Error(Error::StsBadArg, "the image is empty");
    const int channels = given.channels();
    if ((given.depth() != CV_8U && given.depth() != CV_32F) || given.dims != 2 ||
        (channels != 1 && channels != 3 && channels != 4))
        CV_Error(Error::StsUnsupportedFormat,
                 format("the image must be CV_8U or CV_32F with 1, 3 or 4 channels, got %s",
                        typeToString(given.type()).c_str()));
    const Mat sized = broughtToSize(given, how);
    inChannelOrder(sized(middle(sized.size(), how.inputSize)), how.channelOrder).copyTo(prepared);
}

} // namespace dnn_gm
} // namespace cv
