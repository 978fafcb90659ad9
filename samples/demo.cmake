# The target `demo`: train, calibrate, measure, attack, export, and classify by OpenCV alone.
# Each step depends on the files of the one before, so that it is done again only when they change.
set(demo ${CMAKE_BINARY_DIR}/demo)
set(run ${demo}/run)
set(recipe ${PROJECT_SOURCE_DIR}/trainer/recipes/mnist-demo.toml)

# gm_demo_step(OUTPUT COMMENT COMMANDS... DEPENDS FILES...)
function(gm_demo_step output comment)
  add_custom_command(OUTPUT ${output} ${ARGN} COMMENT ${comment} USES_TERMINAL VERBATIM)
endfunction()

# A checkpoint exists after the first epoch; run/trained, after the last. The trainer refuses to
# write over another training, so what an interrupted or outdated one left is removed.
gm_demo_step(${run}/trained "Training mnist-demo"
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${run}
  COMMAND gmtrain train --recipe ${recipe} --set data.root=${GM_DATA_ROOT} --out ${run}
  COMMAND ${CMAKE_COMMAND} -E touch ${run}/trained
  DEPENDS gmtrain data ${recipe} ${PROJECT_SOURCE_DIR}/trainer/recipes/mnist-base.toml)
gm_demo_step(${run}/calibration.json "Calibrating"
  COMMAND gmtrain calibrate ${run} DEPENDS ${run}/trained)
gm_demo_step(${run}/evaluation.json "Evaluating"
  COMMAND gmtrain evaluate ${run} DEPENDS ${run}/calibration.json)
gm_demo_step(${run}/images/written "Making adversarial images"
  COMMAND gmtrain attack ${run} --images 200
  COMMAND ${CMAKE_COMMAND} -E touch ${run}/images/written
  DEPENDS ${run}/trained)
gm_demo_step(${demo}/model.onnx "Exporting"
  COMMAND gmtrain export ${run} --out ${demo}/model.onnx DEPENDS ${run}/calibration.json)

set(sets ${run}/images/clean ${run}/images/fgsm_0.3 ${run}/images/fashion_mnist)
gm_demo_step(${demo}/table.txt "Classifying by OpenCV"
  COMMAND sh -c "\"$@\" > unfinished && mv unfinished table.txt || (rm -f unfinished && false)" sh
          $<TARGET_FILE:classify> --model=${demo}/model.onnx --sheet=${demo}/sheet.png --quiet ${sets}
  DEPENDS classify ${demo}/model.onnx ${run}/images/written
  WORKING_DIRECTORY ${demo})

add_custom_target(demo
  COMMAND ${CMAKE_COMMAND} -E cat ${demo}/table.txt
  COMMAND ${CMAKE_COMMAND} -E echo
          "Contact sheet: ${demo}/sheet.png, images: ${run}/images, figures: ${run}/evaluation.json"
  DEPENDS ${demo}/table.txt ${run}/evaluation.json
  COMMENT "What OpenCV makes of clean, adversarial and foreign images"
  USES_TERMINAL VERBATIM)
