// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"

#include "opencv2/dnn/layer.hpp"

#include <thread>

namespace opencv_test
{
namespace
{

TEST(DNN_GM_Registration, both_names_make_the_layer_however_often_and_from_whichever_thread)
{
    for (const char* name : {"GMHead", "dnn_gm.GMHead"})
        LayerFactory::unregisterLayer(name);
    ASSERT_FALSE(LayerFactory::isLayerRegistered("GMHead"));

    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.push_back(std::thread(
            []
            {
                for (int repeat = 0; repeat < 100; ++repeat)
                    registerLayers();
            }));
    for (std::thread& thread : threads)
        thread.join();

    for (const char* name : {"GMHead", "dnn_gm.GMHead"})
    {
        LayerParams params;
        params.type = name;
        const Ptr<Layer> layer = LayerFactory::createLayerInstance(name, params);
        ASSERT_FALSE(layer.empty());
        EXPECT_EQ(name, layer->type);
        EXPECT_FALSE(layer.dynamicCast<GMHeadLayer>().empty());
    }
}

} // namespace
} // namespace opencv_test
