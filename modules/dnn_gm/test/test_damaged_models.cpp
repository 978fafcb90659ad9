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

// Files that say what they do not hold. OpenCV's importer would read beyond the ends of tensors,
// divide by zero or allocate all there is; OpenSetClassifier refuses them, each with one line.

struct DamagedModel
{
    const char* name;
    const char* says; //!< in the message
    std::function<void(ImageModel&)> damage;
};

void PrintTo(const DamagedModel& model, std::ostream* stream)
{
    *stream << model.name;
}

//! What a message is that has a single line and none of OpenCV's source files in it.
testing::AssertionResult refusesInOneLine(const std::function<void()>& function,
                                          const std::string& part)
{
    try
    {
        function();
    }
    catch (const cv::Exception& error)
    {
        if (error.err.find('\n') != std::string::npos ||
            error.err.find("OpenCV(") < error.err.size())
            return testing::AssertionFailure() << "expected one line, got \"" << error.err << '"';
        if (error.err.find(part) == std::string::npos)
            return testing::AssertionFailure()
                   << "expected \"" << part << "\" in \"" << error.err << '"';
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "expected an exception that says \"" << part << '"';
}

//! Sizes and values of a tensor at once.
std::function<void(ImageModel&)> withTensor(const char* name, const std::vector<int>& sizes)
{
    return [=](ImageModel& model)
    {
        size_t values = 1;
        for (const int size : sizes)
            values *= size_t(size);
        model.initializer(name).sizes = sizes;
        model.initializer(name).data.resize(4 * values);
    };
}

std::function<void(ImageModel&)> withSizes(const char* name, const std::vector<int>& sizes)
{
    return [=](ImageModel& model) { model.initializer(name).sizes = sizes; };
}

std::function<void(ImageModel&)> withBytes(const char* name, size_t bytes)
{
    return [=](ImageModel& model) { model.initializer(name).data.resize(bytes); };
}

std::function<void(ImageModel&)> withType(const char* name, int type)
{
    return [=](ImageModel& model) { model.initializer(name).type = type; };
}

std::function<void(ImageModel&)> withValue(const char* name, size_t at, float value)
{
    return [=](ImageModel& model)
    { std::memcpy(&model.initializer(name).data.at(4 * at), &value, 4); };
}

std::function<void(ImageModel&)> withConstant(const OnnxTensor& tensor)
{
    return [=](ImageModel& model)
    { model.addNode("Constant", {}, {"unused"}).set("value", tensor); };
}

OnnxTensor shortTensor(int type)
{
    OnnxTensor tensor("short", std::vector<int>{1000, 1000}, Mat::zeros(1, 2, CV_32F));
    tensor.type = type;
    return tensor;
}

std::function<void(ImageModel&)> withInts(const char* name, const std::vector<int>& values)
{
    return [=](ImageModel& model)
    {
        OnnxNode& convolution = model.nodes[0];
        if (std::string(name) != "group" && std::string(name) != "dilations")
            convolution.remove(name);
        convolution.set(name, values);
    };
}

std::function<void(ImageModel&)> withInput(const std::vector<int>& sizes)
{
    return [=](ImageModel& model) { model.inputs[0].sizes = sizes; };
}

std::function<void(ImageModel&)> withLabels(const std::string& labels)
{
    return [=](ImageModel& model) { model.head().remove("labels").set("labels", labels); };
}

std::vector<DamagedModel> damagedModels()
{
    return {
        {"kernels_short",
         "the tensor kernels is damaged: expected 16 bytes of float32 as its sizes "
         "[1,1,2,2] say, got 12",
         withBytes("kernels", 12)},
        {"kernels_long", "expected 16 bytes of float32 as its sizes [1,1,2,2] say, got 20",
         withBytes("kernels", 20)},
        {"kernels_not_whole", "got 15", withBytes("kernels", 15)},
        {"kernels_without_values", "got 0", withBytes("kernels", 0)},
        {"kernels_of_other_type", "expected 32 bytes of int64", withType("kernels", 7)},
        {"kernels_of_half_floats", "expected 8 bytes of float16", withType("kernels", 10)},
        {"kernels_as_doubles", "expected 32 bytes of float64", withType("kernels", 11)},
        {"kernels_as_bytes", "expected 4 bytes of uint8", withType("kernels", 2)},
        {"negative_size",
         "the tensor kernels is damaged: expected at most 2147483647 values, its "
         "sizes are [1,1,-2,2]",
         withSizes("kernels", {1, 1, -2, 2})},
        {"sizes_beyond_int", "its sizes are [1073741824,1073741824,2,2]",
         withSizes("kernels", {1 << 30, 1 << 30, 2, 2})},
        {"many_sizes", "the tensor kernels is damaged: expected at most 32 sizes, got 1000",
         withSizes("kernels", std::vector<int>(1000, 1))},
        {"name_of_lines", "the node Conv_blocks of Conv takes k?k, which no node before it gives",
         [](ImageModel& model) { model.nodes[0].inputs[1] = "k\nk"; }},
        {"name_that_is_no_text", "takes k??, which",
         [](ImageModel& model) { model.nodes[0].inputs[1] = "k\xff\x7f"; }},
        {"large_sizes", "expected 4000000000 bytes of float32 as its sizes [1,1,100000,10000] say",
         withSizes("kernels", {1, 1, 100000, 10000})},
        {"identity_short", "the tensor identity is damaged", withBytes("identity", 140)},
        {"zeros_short", "the tensor zeros is damaged", withBytes("zeros", 4)},
        {"means_short", "the tensor means is damaged", withBytes("means", 68)},
        {"log_variances_short", "the tensor log_variances is damaged",
         withSizes("log_variances", {3, 6})},
        {"log_priors_short", "the tensor log_priors is damaged",
         withSizes("log_priors", {1000000})},
        {"calibration_short", "the tensor calibration is damaged",
         withSizes("calibration", {1, 3, 19})},
        {"constant_short", "the tensor short is damaged: expected 4000000 bytes of float32",
         withConstant(shortTensor(1))},
        {"integers_short", "the tensor short is damaged: expected 8000000 bytes of int64",
         withConstant(shortTensor(7))},
        {"kernels_of_no_channels",
         "the tensor kernels: expected 3 or more sizes from 1 as an input of "
         "Conv, got [1,0,2,2]",
         withTensor("kernels", {1, 0, 2, 2})},
        {"no_kernels", "as an input of Conv, got [0,1,2,2]", withTensor("kernels", {0, 1, 2, 2})},
        {"kernels_of_no_size", "as an input of Conv, got [1,1,0,0]",
         withTensor("kernels", {1, 1, 0, 0})},
        {"kernels_in_a_row", "as an input of Conv, got [4]", withTensor("kernels", {4})},
        {"kernels_of_two_sizes", "the model is not an ONNX file, or damaged",
         [](ImageModel& model) { model.addConstant("kernels", {1}, Mat::ones(1, 1, CV_32F)); }},
        {"a_constant_of_two_sizes", "the model is not an ONNX file, or damaged",
         [](ImageModel& model)
         {
             for (const int size : {1, 2})
                 withConstant(OnnxTensor("", {size}, Mat::ones(1, size, CV_32F)))(model);
         }},
        {"product_of_nothing",
         "the tensor identity: expected 2 or more sizes from 1 as an input of "
         "Gemm, got [0,6]",
         withTensor("identity", {0, 6})},
        {"product_to_nothing", "as an input of Gemm, got [6,0]", withTensor("identity", {6, 0})},
        {"product_of_a_row", "as an input of Gemm, got [36]", withTensor("identity", {36})},
        {"no_groups",
         "the node Conv_blocks of Conv: expected its attribute group to be from 1, got 0",
         withInts("group", {0})},
        {"groups_below_zero", "attribute group to be from 1, got -1", withInts("group", {-1})},
        {"no_window", "attribute kernel_shape to be from 1, got 0",
         withInts("kernel_shape", {0, 2})},
        {"no_steps", "attribute strides to be from 1, got 0", withInts("strides", {2, 0})},
        {"no_dilation", "attribute dilations to be from 1, got 0", withInts("dilations", {0, 0})},
        {"a_name_that_nothing_has",
         "the node Conv_blocks of Conv takes kernel, which no node before it "
         "gives",
         [](ImageModel& model) { model.nodes[0].inputs[1] = "kernel"; }},
        {"nodes_in_another_order",
         "the node Flatten_flat of Flatten takes blocks, which no node before",
         [](ImageModel& model) { std::swap(model.nodes[0], model.nodes[1]); }},
        {"enormous_input",
         "the graph's input image: expected at most 268435456 values, its sizes are "
         "[0,1,30000,30000]",
         withInput({0, 1, 30000, 30000})},
        {"enormous_batch", "the graph's input image: expected at most 268435456 values",
         withInput({1 << 30, 1, 4, 6})},
        {"sizes_of_input_beyond_int64", "the graph's input image: expected at most",
         withInput({1 << 30, 1 << 30, 1 << 30, 1 << 30})},
        {"enormous_pictures",
         "GMHead: attribute the resize size must have at most 16777216 pixels, got 30000x30000",
         [](ImageModel& model)
         {
             for (const char* name : {"input_height", "input_width"})
                 model.head().remove(name).set(name, 30000);
         }},
        {"one_name_for_two",
         "GMHead: attribute labels must differ: classes 0 and 2 are both \"cat\"",
         withLabels("cat\ndog\ncat")},
        {"too_few_names", "GMHead: attribute labels must be K=3 lines, got 2",
         withLabels("cat\ndog")},
        {"no_classes", "GMHead: means is empty", withTensor("means", {0, 6})},
        {"no_features", "GMHead: means is empty", withTensor("means", {3, 0})},
        {"more_tables_than_classes", "GMHead: calibration must be [R,3,Q] or [R,1,Q]",
         withTensor("calibration", {4, 1, 19})},
        {"two_lines_of_calibration", "GMHead: calibration must be [R,3,Q] or [R,1,Q]",
         withTensor("calibration", {1, 2, 19})},
        {"calibration_unsorted", "GMHead: calibration must ascend",
         withValue("calibration", 7, 0.5f)},
        {"calibration_with_gaps", "GMHead: calibration must have NaN at the end of a line only",
         withValue("calibration", 7, quietNaN)},
        {"calibration_infinite", "GMHead: calibration must be finite",
         withValue("calibration", 18, std::numeric_limits<float>::infinity())},
        {"means_not_numbers", "GMHead: means must be finite, value 4 is nan",
         withValue("means", 4, quietNaN)},
        {"variances_not_numbers", "GMHead: log_variances must be finite",
         withValue("log_variances", 0, quietNaN)},
        {"variances_beyond_float32", "GMHead: log_variances must be within",
         withValue("log_variances", 0, 500)},
        {"priors_not_numbers", "GMHead: log_priors must be finite",
         withValue("log_priors", 1, quietNaN)},
        {"priors_of_more_than_one", "GMHead: log_priors must be logarithms",
         withValue("log_priors", 1, 1)},
        {"means_of_more_classes", "GMHead: log_priors must be [K]=[4], got ",
         withTensor("means", {4, 6})},
    };
}

typedef tuple<DamagedModel, EngineId> DamagedModelAndEngine;

class DNN_GM_DamagedModels : public testing::TestWithParam<DamagedModelAndEngine>
{
};

TEST_P(DNN_GM_DamagedModels, are_refused_with_one_line)
{
    const DamagedModel& damaged = get<0>(GetParam());
    ImageModel model(1, nineteenDistances());
    damaged.damage(model);
    const TemporaryFolder folder;
    const std::string file = folder.file("model.onnx");
    model.write(file);
    EXPECT_TRUE(refusesInOneLine([&] { makeClassifier(file, get<1>(GetParam())); },
                                 file + ": OpenSetClassifier: "));
    EXPECT_TRUE(refusesInOneLine([&] { makeClassifier(file, get<1>(GetParam())); }, damaged.says));
}

INSTANTIATE_TEST_CASE_P(/**/, DNN_GM_DamagedModels,
                        testing::Combine(testing::ValuesIn(damagedModels()), EngineId::all()));

std::vector<uchar> modelOf(const Message& graph)
{
    const std::string bytes = Message().message(7, graph).bytes;
    return std::vector<uchar>(bytes.begin(), bytes.end());
}

TEST(DNN_GM_CheckOnnx, refuses_a_second_graph_and_long_lists_of_sizes)
{
    const std::string says = "the model is not an ONNX file, or damaged";
    std::vector<uchar> bytes = modelOf(Message()), twice = bytes;
    EXPECT_NO_THROW(checkOnnx(bytes));
    twice.insert(twice.end(), bytes.begin(), bytes.end());
    EXPECT_TRUE(refusesInOneLine([&] { checkOnnx(twice); }, says));

    const std::string ones(1000, '\1'); // packed
    const auto withIntegers = [&](const char* name)
    {
        const Message attribute = Message().text(8, ones).text(1, name);
        return modelOf(Message().message(1, Message().text(4, "Pad").message(5, attribute)));
    };
    EXPECT_NO_THROW(checkOnnx(withIntegers("pads")));
    EXPECT_TRUE(refusesInOneLine([&] { checkOnnx(withIntegers("strides")); }, says));
    bytes = modelOf(Message().message(5, Message().text(1, ones)));
    EXPECT_TRUE(refusesInOneLine([&] { checkOnnx(bytes); }, says));
}

// What looks like damage, but is none.

std::vector<uchar> withChange(const std::function<void(ImageModel&)>& change)
{
    ImageModel model(1, nineteenDistances());
    change(model);
    return model.bytes();
}

TEST(DNN_GM_CheckOnnx, accepts_a_weight_that_a_node_makes)
{
    const auto ones = [](ImageModel& model)
    {
        model.addConstant("shape", std::vector<int64_t>{1, 1, 2, 2});
        model.addNode("ConstantOfShape", {"shape"}, {"ones"})
            .set("value", OnnxTensor("", {1}, Mat::ones(1, 1, CV_32F)));
        std::rotate(model.nodes.begin(), model.nodes.end() - 1, model.nodes.end());
        model.nodes[1].inputs[1] = "ones";
    };
    EXPECT_NO_THROW(checkOnnx(withChange(ones)));
}

TEST(DNN_GM_CheckOnnx, accepts_empty_lists_where_they_mean_something)
{
    const auto empty = [](ImageModel& model)
    {
        model.addConstant("scalar", std::vector<int64_t>());
        model.addNode("Reshape", {"p_value", "scalar"}, {"one"});
        model.addConstant("none", {0}, Mat());
        model.addConstant("size", std::vector<int64_t>{1, 1, 8, 12});
        model.addNode("Resize", {"image", "none", "none", "size"}, {"larger"});
        model.addNode("Resize", {"image", "", "", "size"}, {"large"});
    };
    EXPECT_NO_THROW(checkOnnx(withChange(empty)));
}

TEST(DNN_GM_CheckOnnx, accepts_weights_of_any_size_among_the_inputs)
{
    const auto among = [](ImageModel& model) { model.addInput("kernels", {30000, 30000}); };
    EXPECT_NO_THROW(checkOnnx(withChange(among)));
    const auto alone = [](ImageModel& model)
    {
        model.addInput("unused", {30000, 30000}); // a node's output is no weight
        withConstant(OnnxTensor("", {1}, Mat::ones(1, 1, CV_32F)))(model);
    };
    EXPECT_TRUE(refusesInOneLine([&] { checkOnnx(withChange(alone)); }, "input unused: expected"));
}

TEST(DNN_GM_CheckOnnx, accepts_half_floats_that_are_not_raw)
{
    const Message packed = Message().integer(1, 2).integer(2, 10).text(5, "\x80\x78\x01");
    EXPECT_NO_THROW(checkOnnx(modelOf(Message().message(5, packed))));
    const Message each = Message().integer(1, 2).integer(2, 10).integer(5, 15360).integer(5, 1);
    EXPECT_NO_THROW(checkOnnx(modelOf(Message().message(5, each))));
}

TEST(DNN_GM_CheckOnnx, accepts_a_branch_that_takes_what_is_outside)
{
    OnnxNode identity;
    identity.type = "Identity";
    identity.inputs = {"image"};
    identity.outputs = {"inner"};
    const OnnxValue image = {"image", {0, 1, 4, 6}}, condition = {"condition", {1}};
    const Message branch =
        Message().text(1, "then_branch").message(6, Message().message(1, identity.message()));
    const Message choice =
        Message().text(1, "condition").text(2, "chosen").text(4, "If").message(5, branch);
    EXPECT_NO_THROW(checkOnnx(modelOf(Message()
                                          .message(1, choice)
                                          .message(11, image.message())
                                          .message(11, condition.message()))));
}

TEST(DNN_GM_CheckOnnx, looks_at_networks_without_a_head)
{
    const TemporaryFolder folder;
    ImageModel model(1, nineteenDistances());
    model.nodes.pop_back();
    model.write(folder.file("whole.onnx"));
    EXPECT_NO_THROW(checkOnnx(folder.file("whole.onnx")));
    model.initializer("kernels").data.resize(12);
    model.write(folder.file("short.onnx"));
    EXPECT_TRUE(refusesInOneLine([&] { checkOnnx(folder.file("short.onnx")); },
                                 "short.onnx: the tensor kernels is damaged"));
    EXPECT_TRUE(refusesInOneLine([&] { checkOnnx(folder.file("none.onnx")); },
                                 "none.onnx: the model cannot be read: "));
}

//! Of a head of 100 000 classes, whose features lie near the mean of the 70 000th.
TEST(DNN_GM_ModelFiles_ManyClasses, many_classes_are_no_damage)
{
    const int K = 100000;
    ImageModel model(1, nineteenDistances());
    Mat means(K, 6, CV_32F);
    RNG random(3);
    random.fill(means, RNG::UNIFORM, 0., 1.);
    withTensor("means", {K, 6})(model);
    std::memcpy(&model.initializer("means").data[0], means.data, size_t(K) * 6 * 4);
    const Mat priors(K, 1, CV_32F, Scalar(-std::log(double(K))));
    withTensor("log_priors", {K})(model);
    std::memcpy(&model.initializer("log_priors").data[0], priors.data, size_t(K) * 4);
    model.outputs[0].sizes[1] = K;
    std::string labels;
    for (int k = 0; k < K; ++k)
        labels += cv::format("class %d\n", k);
    withLabels(labels)(model);
    const Ptr<OpenSetClassifier> classifier =
        makeClassifier(model.bytes(), *EngineId::all().begin());
    EXPECT_EQ(size_t(K), classifier->getLabels().size());
    EXPECT_EQ("class 70000", classifier->classify(imageOfFeatures(means.row(70000))).label);
}

TEST(DNN_GM_OneLine, is_what_an_exception_says_without_what_opencv_puts_around)
{
    const auto messageOf = [](const std::function<void()>& function)
    {
        try
        {
            function();
        }
        catch (const cv::Exception& error)
        {
            EXPECT_EQ(oneLine(error.err), oneLine(error.what()));
            return oneLine(error.err);
        }
        return String();
    };
    const auto once = [] { CV_Error(Error::StsBadArg, "GMHead: no (-2) means"); };
    EXPECT_EQ("GMHead: no (-2) means", messageOf(once));
    const auto twice = [&]
    {
        try
        {
            once();
        }
        catch (const cv::Exception& error)
        {
            CV_Error(Error::StsError, String("node x: ") + error.what());
        }
    };
    EXPECT_EQ("node x: GMHead: no (-2) means", messageOf(twice));
    const auto thrice = [&]
    {
        try
        {
            twice();
        }
        catch (const cv::Exception& error)
        {
            CV_Error(Error::StsError, String("file y: ") + error.what());
        }
    };
    EXPECT_EQ("file y: node x: GMHead: no (-2) means", messageOf(thrice));
    EXPECT_EQ("first", messageOf([] { CV_Error(Error::StsError, "first\nsecond"); }));
    EXPECT_EQ("", oneLine(""));
    EXPECT_EQ("no end in function 'x", oneLine("no end in function 'x"));
}

} // namespace
} // namespace opencv_test
