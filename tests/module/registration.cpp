#include <boost/test/unit_test.hpp>
#include <opencv2/dnn/layer.hpp>
#include <opencv2/dnn_gm.hpp>
#include <thread>
#include <vector>

using cv::dnn::LayerFactory;

BOOST_AUTO_TEST_SUITE(registration)

BOOST_AUTO_TEST_CASE(both_names_make_the_layer_however_often_and_from_whichever_thread) {
  for (const char* name : {"GMHead", "dnn_gm.GMHead"}) LayerFactory::unregisterLayer(name);
  BOOST_TEST_REQUIRE(!LayerFactory::isLayerRegistered("GMHead"));

  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int repeat = 0; repeat < 100; ++repeat) cv::dnn_gm::registerLayers();
    });
  }
  for (std::thread& thread : threads) thread.join();

  for (const char* name : {"GMHead", "dnn_gm.GMHead"}) {
    cv::dnn::LayerParams params;
    params.type = name;
    const auto layer = LayerFactory::createLayerInstance(name, params);
    BOOST_TEST_REQUIRE(!layer.empty());
    BOOST_TEST(layer->type == name);
    BOOST_TEST(!layer.dynamicCast<cv::dnn_gm::GMHeadLayer>().empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
