// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "mixture_state.hpp"
#include "onnx_file.hpp"
#include "read_file.hpp"
#include "verdict.hpp"

#include <cstdio>

namespace cv
{
namespace dnn_gm
{

namespace
{

void require(bool isSo, const String& what)
{
    if (!isSo)
        CV_Error(Error::StsBadArg, "GaussianMixture: " + what);
}

void checkLabels(const std::vector<String>& labels, int rows)
{
    require(int(labels.size()) == rows,
            format("expected a label for each of %d rows of features, got %d", rows,
                   int(labels.size())));
}

//! Beyond it a density is no number of use.
const double largestCoordinate = 1e12;
//! Within it what GMHead gets are normal numbers.
const double largestFactor = 1e6;

//! @param width D, or 0 if it is not known
Mat featuresOf(InputArray features, const char* function, int width, bool finite)
{
    Mat x = features.getMat();
    if (x.dims == 1) // as OpenCV 5 has a vector
        x = x.reshape(1, 1);
    require(x.dims == 2 && (x.type() == CV_32F || x.type() == CV_64F) &&
                (width == 0 ? x.total() > 0 : x.cols == width),
            String(function) + " expected features " +
                (width ? format("[N,%d]", width) : String("[N,D]")) + " of CV_32F or CV_64F, got " +
                shapeString(x) + " of " + typeToString(x.type()));
    for (int n = 0; finite && n < x.rows; ++n)
        require(checkRange(x.row(n)),
                String(function) + format(" expected finite features, row %d is not so", n));
    return x;
}

class GaussianMixtureImpl CV_FINAL : public GaussianMixture
{
public:
    void setUnitLength(bool on) CV_OVERRIDE { state.fitting.unitLength = on; }
    bool getUnitLength() const CV_OVERRIDE { return state.fitting.unitLength; }

    void setBackground(int columns, double weight) CV_OVERRIDE
    {
        require(columns >= 0 && isFactor(weight),
                format("the background must have at least 0 columns and a positive weight up to "
                       "%g, got %d and %g",
                       largestFactor, columns, weight));
        state.fitting.background = columns;
        judge(&Judging::backgroundWeight, weight);
    }
    int getBackgroundColumns() const CV_OVERRIDE { return state.fitting.background; }
    double getBackgroundWeight() const CV_OVERRIDE { return state.judging.backgroundWeight; }

    void setShrinkage(double within, double between) CV_OVERRIDE
    {
        require(within <= 1 && between >= 0 && between <= 1,
                format("shrinkages must be within [0,1], got %g and %g", within, between));
        state.fitting.within = within;
        state.fitting.between = between;
    }

    void setRelativity(double relativity) CV_OVERRIDE
    {
        require(relativity >= 0 && relativity <= 1,
                format("the relativity must be within [0,1], got %g", relativity));
        judge(&Judging::relativity, relativity);
    }
    double getRelativity() const CV_OVERRIDE { return state.judging.relativity; }

    void setTemperature(double temperature) CV_OVERRIDE
    {
        require(isFactor(temperature), format("the temperature must be positive, up to %g, got %g",
                                              largestFactor, temperature));
        judge(&Judging::temperature, temperature);
    }
    double getTemperature() const CV_OVERRIDE { return state.judging.temperature; }

    void fit(InputArray features, const std::vector<String>& labels, int folds) CV_OVERRIDE
    {
        const Mat x = featuresOf(features, "fit()", 0, true);
        checkLabels(labels, x.rows);
        require(folds == 0 || folds >= 2,
                format("fit() expected 0 or at least 2 folds, got %d", folds));
        MixtureState fitted = state.fitted(x, labels);
        if (folds > 0)
            fitted.leftOut = state.leftOutOf(x, labels, folds);
        state = fitted;
        changed();
    }

    void enrol(const String& label, InputArray features) CV_OVERRIDE
    {
        const Mat z = mapped(features, "enrol()");
        require(z.rows > 0, "enrol() expected features of at least one row");
        const int k = state.indexOf(label);
        if (k == int(state.classes.size()))
            state.classes.push_back(KnownClass(label));
        state.classes[k].add(z);
        state.classes[k].enrolled.push_back(z);
        changed();
    }

    void remove(const String& label) CV_OVERRIDE
    {
        const int k = state.indexOf(label);
        require(k < int(state.classes.size()), "remove(): there is no class " + label);
        state.classes.erase(state.classes.begin() + k);
        changed();
    }

    void removeAll() CV_OVERRIDE
    {
        state.classes.clear();
        state.leftOut = Strangeness();
        changed();
    }

    std::vector<String> getLabels() const CV_OVERRIDE
    {
        std::vector<String> labels;
        for (const KnownClass& each : state.classes)
            labels.push_back(each.label);
        return labels;
    }

    void calibrate(InputArray features, const std::vector<String>& labels) CV_OVERRIDE
    {
        const Mat z = mapped(features, "calibrate()");
        checkLabels(labels, z.rows);
        state.calibration = z;
        state.leftOut = Strangeness();
        state.calibrationLabels = labels;
        state.onEnrolled = false;
        changed();
    }

    void calibrateOnEnrolled() CV_OVERRIDE
    {
        state.calibration = Mat();
        state.calibrationLabels.clear();
        state.leftOut = Strangeness();
        state.onEnrolled = true;
        changed();
    }

    bool isCalibrated() const CV_OVERRIDE
    {
        return !state.classes.empty() && !derived().head.calibration.empty();
    }

    void setFalseRejectRate(float rate) CV_OVERRIDE
    {
        require(rate >= 0 && rate <= 1,
                format("the false-reject rate must be within [0,1], got %g", rate));
        state.falseRejectRate = rate;
    }
    float getFalseRejectRate() const CV_OVERRIDE { return state.falseRejectRate; }

    void setFalseAcceptRate(float rate) CV_OVERRIDE
    {
        require(rate > 0 && rate <= 1,
                format("the false-accept rate must be within (0,1], got %g", rate));
        state.falseAcceptRate = rate;
    }
    float getFalseAcceptRate() const CV_OVERRIDE { return state.falseAcceptRate; }

    std::vector<Verdict> predict(InputArray features) CV_OVERRIDE
    {
        requireClasses("predict()");
        const Mat x = featuresOf(features, "predict()", state.space.features(), false);
        if (x.rows == 0)
            return std::vector<Verdict>();
        const Mat z = state.space.mapped(x);
        const std::vector<Mat> outputs = forwardHead(z);
        const std::vector<String> labels = getLabels();
        std::vector<Verdict> verdicts;
        for (int n = 0; n < z.rows; ++n)
        {
            verdicts.push_back(verdictOf(outputs, n, labels));
            verdicts[n].accepted =
                verdicts[n].pValue > 0 && verdicts[n].pValue >= state.falseRejectRate;
        }
        if (state.falseAcceptRate < 1)
            refuseStrangers(z, verdicts);
        return verdicts;
    }

    std::vector<double> compare(InputArray first, InputArray second) const CV_OVERRIDE
    {
        const Mat x = mapped(first, "compare()"), y = mapped(second, "compare()");
        require(x.rows == y.rows,
                format("compare() expected as many rows as others, got %d and %d", x.rows, y.rows));
        std::vector<double> ratios;
        for (int n = 0; n < x.rows; ++n)
            ratios.push_back(state.space.logRatio(x.ptr<double>(n), y.ptr<double>(n)));
        return ratios;
    }

    MixtureHead getHead() const CV_OVERRIDE
    {
        requireClasses("getHead()");
        return derived().head;
    }

    int getFeatureCount() const CV_OVERRIDE { return state.space.features(); }

    bool empty() const CV_OVERRIDE { return state.space.empty(); }
    String getDefaultName() const CV_OVERRIDE { return "dnn_gm_mixture"; }
    void write(FileStorage& storage) const CV_OVERRIDE { state.write(storage); }

    void read(const FileNode& node) CV_OVERRIDE
    {
        MixtureState readState;
        readState.read(node);
        state = readState;
        changed();
    }

    void save(const String& file) const CV_OVERRIDE
    {
        // Complete under another name first, and read again: FileStorage, which goes by the ending
        // of the name, does not notice a full disk.
        const size_t folder = file.find_last_of("/\\");
        const size_t name = folder == String::npos ? 0 : folder + 1;
        const String part = file.substr(0, name) + "part-" + file.substr(name);
        {
            FileStorage storage(part, FileStorage::WRITE_BASE64);
            require(storage.isOpened(), file + " cannot be written");
            storage << getDefaultName() << "{";
            write(storage);
            storage << "}";
        }
        bool written = true;
        try
        {
            load(part);
        }
        catch (const cv::Exception&)
        {
            written = false;
        }
        written = written && std::rename(part.c_str(), file.c_str()) == 0;
        if (!written)
            std::remove(part.c_str());
        require(written, file + " cannot be written");
    }

private:
    static bool isFactor(double value)
    {
        return value >= 1 / largestFactor && value <= largestFactor;
    }

    void judge(double Judging::*setting, double value)
    {
        if (state.judging.*setting == value)
            return;
        state.judging.*setting = value;
        if (setting == &Judging::backgroundWeight && state.space.background == 0)
            return;
        if (!state.leftOut.energies.empty())
            CV_LOG_WARNING(NULL,
                           "GaussianMixture: the calibration by the folds of fit() is lost: set "
                           "how features are judged before");
        state.leftOut = Strangeness(); // of other fits, which are gone
        changed();
    }

    Mat mapped(InputArray features, const char* function) const
    {
        require(!empty(), String(function) + " comes after fit()");
        const Mat z =
            state.space.mapped(featuresOf(features, function, state.space.features(), true));
        for (int n = 0; n < z.rows; ++n)
            require(checkRange(z.row(n), true, NULL, -largestCoordinate, largestCoordinate),
                    String(function) + format(": row %d is too far from what fit() has seen", n));
        return z;
    }

    void requireClasses(const char* function) const
    {
        require(!empty(), String(function) + " comes after fit()");
        require(!state.classes.empty(), String(function) + ": there are no classes");
    }

    void changed() { cached.release(); }

    //! What follows from the state, made when it is asked for.
    struct Derived
    {
        ClassGaussians gaussians;
        MixtureHead head;
        Ptr<GMHeadLayer> layer;
        Ptr<MixtureState::Strangers> strangers; // made when it is asked for

        explicit Derived(const MixtureState& state)
            : gaussians(state.gaussians()), head(state.head(gaussians))
        {
            dnn::LayerParams params;
            params.type = "GMHead";
            params.blobs = {head.means, head.logVariances, head.logPriors};
            if (!head.calibration.empty())
                params.blobs.push_back(head.calibration);
            layer = GMHeadLayer::create(params);
        }
    };

    Derived& derived() const
    {
        if (!cached)
            cached = makePtr<Derived>(state);
        return *cached;
    }

    std::vector<Mat> forwardHead(const Mat& z) const
    {
        Mat x;
        multiply(z.colRange(0, derived().gaussians.dims()),
                 repeat(derived().gaussians.scales(), z.rows, 1), x, 1, CV_32F);
        std::vector<Mat> outputs(outputCount), internals;
        for (int i = 0; i < outputCount; ++i)
            outputs[i].create(x.rows, i == probOutput ? derived().gaussians.classes() : 1, CV_32F);
        derived().layer->forward(std::vector<Mat>(1, x), outputs, internals);
        return outputs;
    }

    //! Accepts nobody whom too many strangers are as little strange as.
    void refuseStrangers(const Mat& z, std::vector<Verdict>& verdicts) const
    {
        JudgedRows rows;
        rows.z = z;
        const ClassGaussians& gaussians = derived().gaussians;
        const std::vector<float> energies = strangeness(gaussians, rows).energies;
        if (!derived().strangers)
            derived().strangers = makePtr<MixtureState::Strangers>(state.strangers(gaussians));
        const MixtureState::Strangers& others = *derived().strangers;
        require(others.classes > 0,
                "a false-accept rate needs classes of enrol(), of which the rows are kept");
        // A rate of 1 / (K + 1) as float32 may be a little less.
        const double most = double(state.falseAcceptRate) * (others.classes + 1) * (1 + 1e-6);
        for (int n = 0; n < z.rows; ++n)
        {
            const auto stranger =
                std::upper_bound(others.energies.begin(), others.energies.end(), energies[n]);
            const size_t asFamiliar = size_t(stranger - others.energies.begin());
            if (1 + (asFamiliar > 0 ? others.sums[asFamiliar - 1] : 0) > most)
                verdicts[n].accepted = false;
        }
    }

    MixtureState state;
    mutable Ptr<Derived> cached;
};

} // namespace

Ptr<GaussianMixture> GaussianMixture::create()
{
    return makePtr<GaussianMixtureImpl>();
}

Ptr<GaussianMixture> GaussianMixture::load(const String& file)
{
    const Ptr<GaussianMixture> mixture = create();
    try
    {
        const String why = whyUnreadable(file);
        require(why.empty(), "the file cannot be read: " + why);
        const FileStorage storage(file, FileStorage::READ);
        require(storage.isOpened(), "the file cannot be read");
        const FileNode node = storage[mixture->getDefaultName()];
        require(node.isMap(), "the file was not written by save()");
        mixture->read(node);
    }
    catch (const cv::Exception& error)
    {
        CV_Error(error.code, file + ": " + error.err);
    }
    return mixture;
}

} // namespace dnn_gm
} // namespace cv
