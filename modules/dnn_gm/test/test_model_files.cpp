// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_engines.hpp"
#include "test_image_model.hpp"

namespace opencv_test
{
namespace
{

// Files that OpenSetClassifier must look at before OpenCV does, and graphs that take one image
// only.

class DNN_GM_ModelFiles : public testing::TestWithParam<EngineId>
{
protected:
    testing::AssertionResult refused(const OnnxModel& model, const std::string& part) const
    {
        return refused(model.bytes(), part);
    }

    testing::AssertionResult refused(const std::vector<uchar>& bytes, const std::string& part) const
    {
        return refuses([&] { makeClassifier(bytes, GetParam()); }, part);
    }
};

Mat randomImage(int seed)
{
    Mat image(imageHeight, imageWidth, CV_8UC1);
    RNG random(seed);
    random.fill(image, RNG::UNIFORM, 0, 256);
    return image;
}

TEST_P(DNN_GM_ModelFiles, weights_in_another_file_are_named)
{
    ImageModel initializer(1, nineteenDistances());
    initializer.initializers[0].external = true;
    EXPECT_TRUE(refused(initializer, "the values of the tensor " +
                                         initializer.initializers[0].name +
                                         " are in another file (external data)"));

    ImageModel constant(1, nineteenDistances());
    OnnxTensor elsewhere;
    elsewhere.external = true;
    constant.addNode("Constant", {}, {"unused"}).set("value", elsewhere);
    EXPECT_TRUE(refused(constant, "external data"));
}

TEST_P(DNN_GM_ModelFiles, an_operator_that_opencv_does_not_know_is_an_error)
{
    ImageModel unknown(1, nineteenDistances());
    unknown.addNode("NoSuchOperator", {"image"}, {"unused"});
    EXPECT_TRUE(refused(unknown, "cannot read the model"));
    EXPECT_FALSE(refused(unknown, "opset"));
#if CV_VERSION_MAJOR < 5
    unknown.opset = 18;
    EXPECT_TRUE(refused(unknown, "cannot read the model of opset 18"));
#endif
}

TEST_P(DNN_GM_ModelFiles, outputs_are_those_of_the_one_head)
{
    ImageModel two(1, nineteenDistances());
    OnnxNode second = two.head();
    for (std::string& output : second.outputs)
        output += "_2";
    two.nodes.push_back(second);
    EXPECT_TRUE(refused(two, "the model has 2 GMHead layers: expected one"));

    // Of another node under the name of one of the head's, of whatever shape.
    for (int i = 0; i < 6; ++i)
    {
        ImageModel other(1, nineteenDistances());
        const std::string name = other.head().outputs[i];
        other.head().outputs[i] = "own";
        other.addNode("Relu", {i == 0 ? "features" : "own"}, {name});
        EXPECT_TRUE(refused(other, "the model's output " + name + " is not that of its GMHead"));
    }
}

TEST_P(DNN_GM_ModelFiles, what_lacks_the_head_its_outputs_or_attributes_is_named)
{
    ImageModel headless(1, nineteenDistances());
    headless.nodes.pop_back();
    headless.outputs.clear();
    headless.addOutput("features", {0, 6});
    EXPECT_TRUE(refused(headless, "OpenSetClassifier: the model has no GMHead layer"));

    for (int i = 0; i < 5; ++i)
    {
        ImageModel renamed(1, nineteenDistances());
        const std::string name = renamed.outputs[i].name;
        renamed.head().outputs[i] = "other";
        renamed.outputs[i].name = "other";
        EXPECT_TRUE(refused(renamed, "OpenSetClassifier: the model has no output " + name));
    }

    for (const char* name : {"input_height", "input_width", "channel_order"})
    {
        ImageModel incomplete(1, nineteenDistances());
        incomplete.head().remove(name);
        EXPECT_TRUE(refused(
            incomplete,
            std::string("OpenSetClassifier: the model's GMHead lacks the attribute ") + name));
    }
}

TEST_P(DNN_GM_ModelFiles, attributes_that_the_graph_contradicts_are_refused)
{
    const auto withInput = [](int height, int width, int channels)
    {
        ImageModel model(1, nineteenDistances());
        for (const char* name : {"input_height", "input_width", "input_channels", "channel_order"})
            model.head().remove(name);
        model.head()
            .set("input_height", height)
            .set("input_width", width)
            .set("input_channels", channels)
            .set("channel_order", channels == 1 ? "GRAY" : "BGR");
        return model;
    };
    const std::string said = "channel_order of its GMHead say, ";
    EXPECT_NO_THROW(makeClassifier(withInput(imageHeight, imageWidth, 1).bytes(), GetParam()));
    EXPECT_TRUE(refused(withInput(imageHeight + 2, imageWidth, 1), said + "[1,1,6,6]"));
    EXPECT_TRUE(refused(withInput(imageHeight, imageWidth - 2, 1), said + "[1,1,4,4]"));
    EXPECT_TRUE(refused(withInput(imageHeight, imageWidth, 3), said + "[1,3,4,6]"));
}

TEST_P(DNN_GM_ModelFiles, weights_may_stand_among_the_inputs)
{
    ImageModel old(1, nineteenDistances());
    const OnnxValue spare = {"spare", {1, 5, 1, 1}};
    old.addConstant(spare.name, spare.sizes, Mat::zeros(1, 5, CV_32F));
    old.inputs.insert(old.inputs.begin(), spare);
    EXPECT_NO_THROW(makeClassifier(old.bytes(), GetParam()));
}

TEST_P(DNN_GM_ModelFiles, damage_is_refused_with_a_line)
{
    const std::vector<uchar> whole = ImageModel(1, nineteenDistances()).bytes();
    for (size_t size = 0; size < whole.size(); size += 13)
        EXPECT_TRUE(refused(std::vector<uchar>(whole.begin(), whole.begin() + size), "OpenSet"))
            << size << " bytes";

    const TemporaryFolder folder;
    const std::string file = folder.write("notes.onnx", "these are notes");
    EXPECT_TRUE(refuses([&] { makeClassifier(file, GetParam()); },
                        file + ": OpenSetClassifier: the model is not an ONNX file"));

    // Graphs within graphs: a node's (1) attribute (5) holds one (6).
    Message graph;
    for (int depth = 0; depth < 2000; ++depth)
        graph = Message().message(1, Message().message(5, Message().message(6, graph)));
    const std::string model = Message().message(7, graph).bytes;
    EXPECT_TRUE(refused(std::vector<uchar>(model.begin(), model.end()), "damaged"));
}

// As PyTorch exports view(1, -1), and any shape that was traced with one image.
TEST_P(DNN_GM_ModelFiles, a_graph_of_one_image_is_given_one_at_a_time)
{
    ImageModel fixed(1, nineteenDistances());
    OnnxNode& flatten = fixed.nodes[1];
    ASSERT_EQ("Flatten", flatten.type);
    flatten.type = "Reshape";
    flatten.inputs.push_back("shape");
    fixed.addConstant("shape", std::vector<int64_t>{1, -1});

    const Ptr<OpenSetClassifier> oneByOne = makeClassifier(fixed.bytes(), GetParam());
    const Ptr<OpenSetClassifier> atOnce =
        makeClassifier(ImageModel(1, nineteenDistances()).bytes(), GetParam());
    const std::vector<Mat> images = {randomImage(1), randomImage(2), randomImage(3)};
    const std::vector<Verdict> found = oneByOne->classifyBatch(images);
    const std::vector<Verdict> wanted = atOnce->classifyBatch(images);
    ASSERT_EQ(wanted.size(), found.size());
    for (size_t i = 0; i < found.size(); ++i)
    {
        EXPECT_EQ(wanted[i].classId, found[i].classId);
        EXPECT_NEAR(wanted[i].distance, found[i].distance, 1e-5 * wanted[i].distance);
        EXPECT_EQ(wanted[i].pValue, found[i].pValue);
    }
    Mat features, ofBatch;
    oneByOne->features(images, features);
    atOnce->features(images, ofBatch);
    ASSERT_EQ(ofBatch.size(), features.size());
    EXPECT_LT(cvtest::norm(features, ofBatch, NORM_INF), 1e-5);
}

INSTANTIATE_TEST_CASE_P(/**/, DNN_GM_ModelFiles, EngineId::all());

} // namespace
} // namespace opencv_test
