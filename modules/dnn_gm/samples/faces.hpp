// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// From pictures of faces to features: finds the face, aligns it, and gives it to a network that may
// be any that was trained to tell people.

#ifndef OPENCV_DNN_GM_SAMPLES_FACES_HPP
#define OPENCV_DNN_GM_SAMPLES_FACES_HPP

#include "common.hpp"

#include <opencv2/opencv_modules.hpp>
#ifdef HAVE_OPENCV_OBJDETECT
#include <opencv2/objdetect.hpp>
#endif

#include <complex>

using cv::dnn_gm::GaussianMixture;

const char* const faceKeys =
    "{detector          |     | YuNet model in ONNX, which finds the face in each picture; "
    "without, "
    "pictures are faces that are aligned already }"
    "{crop              |     | x,y,width,height in pixels: the part of an aligned face (112x112 "
    "after --detector) that the network sees; by default all }"
    "{embedding         |     | instead of --model: ONNX network that makes features of faces }"
    "{layer             |     | its layer that has the features; by default its output }"
    "{size              | 112x112 | width and height of what it takes }"
    "{mean              | 0   | subtracted from its channels, one number or three }"
    "{deviation         | 1   | by which they are divided then }"
    "{rgb               |     | its channels are red, green, blue instead of blue, green, red }";

/** @brief The similarity (rotation, one scale, translation) that moves five points with the least
squared error to where cv::FaceRecognizerSF has them in 112x112 pixels.

With points as complex numbers it is w = a z + b, and least squares gives
a = sum conj(z - mean z) (w - mean w) / sum |z - mean z|^2, b = mean w - a mean z.
@param points x and y of eyes, tip of the nose and corners of the mouth, left before right
@returns [2,3] CV_64F
 */
inline Mat alignment(const float* points)
{
    typedef std::complex<double> Complex;
    const Complex wanted[] = {Complex(38.2946, 51.6963), Complex(73.5318, 51.5014),
                              Complex(56.0252, 71.7366), Complex(41.5493, 92.3655),
                              Complex(70.7299, 92.2041)};
    Complex from, to, product;
    double spread = 0;
    for (int i = 0; i < 5; ++i)
    {
        from += Complex(points[2 * i], points[2 * i + 1]) / 5.;
        to += wanted[i] / 5.;
    }
    for (int i = 0; i < 5; ++i)
    {
        const Complex z = Complex(points[2 * i], points[2 * i + 1]) - from;
        product += std::conj(z) * (wanted[i] - to);
        spread += std::norm(z);
    }
    const Complex a = product / spread, b = to - a * from;
    const double rows[] = {a.real(), -a.imag(), b.real(), a.imag(), a.real(), b.imag()};
    return Mat(2, 3, CV_64F, const_cast<double*>(rows)).clone();
}

//! Of pictures what a network shall see.
class FaceCutter
{
public:
    explicit FaceCutter(const CommandLineParser& parser)
    {
        const String file = parser.get<String>("detector");
        if (parser.has("crop"))
        {
            const String expected = "x,y,width,height such as 8,0,96,112";
            const std::vector<int> n = numbers(parser, "crop", ',', expected, 0, 1 << 20);
            check(n.size() == 4 && n[2] > 0 && n[3] > 0,
                  "--crop: expected " + expected + ", got " + parser.get<String>("crop"));
            crop = Rect(n[0], n[1], n[2], n[3]);
            check(file.empty() || inside(Size(112, 112)),
                  "--crop: expected a part of the 112x112 pixels of an aligned face");
        }
        if (file.empty())
            return;
        check(kindOf(file) == S_IFREG, file + ": cannot be read");
#ifdef HAVE_OPENCV_OBJDETECT
        cv::dnn_gm::checkOnnx(file);
        try
        {
            // Below the default of 0.9: that nobody is found is worse here than that something else
            // is, since of several the nearest to the middle counts.
            detector = FaceDetectorYN::create(file, "", Size(320, 320), 0.6f);
            find(Mat(320, 320, CV_8UC3, Scalar::all(0)));
        }
        catch (const cv::Exception&)
        {
            // Another form for OpenCV before 4.8 than from then on.
            check(false, file + ": expected a YuNet model for OpenCV " CV_VERSION);
        }
#else
        check(false, "--detector: this OpenCV was built without objdetect");
#endif
    }

    //! @returns empty if there is no face in the picture
    Mat operator()(const Mat& picture, const String& name) const
    {
        Mat face = picture;
#ifdef HAVE_OPENCV_OBJDETECT
        if (detector)
        {
            const Mat points = find(picture);
            if (points.empty())
                return Mat();
            warpAffine(picture, face, alignment(points.ptr<float>()), Size(112, 112));
        }
#endif
        if (crop.empty())
            return face;
        check(inside(face.size()),
              name + format(": expected at least %dx%d pixels, as --crop says, got %dx%d",
                            crop.br().x, crop.br().y, face.cols, face.rows));
        return face(crop);
    }

private:
    bool inside(const Size& size) const
    {
        return (crop & Rect(Point(), size)) == crop;
    }

#ifdef HAVE_OPENCV_OBJDETECT
    //! [1,10] CV_32F, the points of the face nearest to the middle, where sets of faces have the
    //! person that they name; empty if there is none.
    Mat find(const Mat& picture) const
    {
        // Faces of more than about 300 pixels are not found, and larger pictures take longer.
        const float scale = std::min(1.f, 640.f / std::max(picture.cols, picture.rows));
        Mat smaller = picture, faces, nearest;
        if (scale < 1)
            resize(picture, smaller, Size(), scale, scale, INTER_AREA);
        detector->setInputSize(smaller.size());
        detector->detect(smaller, faces);
        double least = std::numeric_limits<double>::infinity();
        for (int i = 0; i < faces.rows; ++i)
        {
            // Left, top, width, height; x and y of five points; score.
            const float* face = faces.ptr<float>(i);
            const double distance = std::hypot(face[0] + (face[2] - smaller.cols) / 2,
                                               face[1] + (face[3] - smaller.rows) / 2);
            if (distance < least)
                nearest = faces(Rect(4, i, 10, 1)) / scale;
            least = std::min(least, distance);
        }
        return nearest;
    }

    Ptr<FaceDetectorYN> detector;
#endif
    Rect crop;
};

//! A network, and how pictures become what it takes.
struct FaceModel
{
    Model model;
    FaceCutter cut;
};

//! The network of --embedding as a classifier by a mixture, or else that of --model.
inline FaceModel openFaceModel(const CommandLineParser& parser, const Ptr<GaussianMixture>& mixture)
{
    const String file = parser.get<String>("embedding");
    check(file.empty() || !parser.has("model"), "expected --model or --embedding, got both");
    if (file.empty())
    {
        for (const char* key : {"layer", "rgb"})
            check(!parser.has(key), format("--%s is for --embedding", key));
        return FaceModel{openModel(parser), FaceCutter(parser)};
    }
    const String sides = "two whole numbers from 1, such as 112x112";
    const std::vector<int> size = numbers(parser, "size", 'x', sides, 1, 1 << 14);
    check(size.size() == 2, "--size: expected " + sides + ", got " + parser.get<String>("size"));
    Scalar values[2];
    for (const bool second : {false, true})
    {
        const String key = second ? "deviation" : "mean";
        const String expected = "one number or three, such as 127.5 or 104,117,123";
        const double least = second ? 1e-6 : -1e6;
        const std::vector<double> n = numbers(parser, key, ',', expected, least, 1e6);
        check(n.size() == 1 || n.size() == 3,
              "--" + key + ": expected " + expected + ", got " + parser.get<String>(key));
        values[second] = Scalar(n[0], n[n.size() / 2], n.back());
    }
    const Engine engine = engineOf(parser);
    cv::dnn_gm::registerLayers(); // a network may have a head as well
    dnn::Net net;
    try
    {
        check(kindOf(file) == S_IFREG, "there is no such file");
        if (file.size() > 5 && file.substr(file.size() - 5) == ".onnx")
            cv::dnn_gm::checkOnnx(file);
        net = dnn::readNet(file);
    }
    catch (const cv::Exception& error)
    {
        check(false, file + ": expected a network, got: " + oneLine(error.err));
    }
    net.setPreferableBackend(engine.backend);
    net.setPreferableTarget(engine.target);
    cv::dnn_gm::ImagePreparation preparation;
    preparation.inputSize = Size(size[0], size[1]);
    preparation.channelOrder = parser.has("rgb") ? "RGB" : "BGR";
    const Model model = {OpenSetClassifier::create(net, parser.get<String>("layer"), mixture,
                                                   preparation, values[0], values[1]),
                         engine.batch};
    return FaceModel{model, FaceCutter(parser)};
}

/** @brief A row for each image; none for those that cannot be read or have no face, which are
reported and not among set.files then.

@param all whether it is an error if one cannot be read
@returns [N,D] CV_32F
 */
inline Mat featuresOf(ImageSet& set, const FaceModel& face, bool all = false)
{
    Mat features, some;
    std::vector<String> files;
    for (std::vector<Mat> images; set.next(images, face.model.batch);)
    {
        std::vector<Mat> faces;
        const size_t first = set.files.size() - images.size();
        for (size_t i = 0; i < images.size(); ++i)
        {
            const String& file = set.files[first + i];
            const Mat seen = face.cut(images[i], file);
            if (seen.empty())
            {
                std::cerr << file << ": no face is found" << std::endl;
                continue;
            }
            faces.push_back(seen);
            files.push_back(file);
        }
        if (faces.empty())
            continue;
        face.model.classifier->features(faces, some);
        features.push_back(some);
    }
    const int read = int(set.files.size()), leftOut = int(set.leftOut());
    check(!all || leftOut == 0,
          format("expected %d images, of which %d could not be read", read + leftOut, leftOut));
    set.files = files;
    return features;
}

#endif // OPENCV_DNN_GM_SAMPLES_FACES_HPP
