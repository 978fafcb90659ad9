# SPDX-License-Identifier: Apache-2.0
# The target `demo`: train, calibrate, measure, attack, export, and judge images by OpenCV alone.
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
gm_demo_step(${run}/report.html "Writing the page of the run"
  COMMAND gmtrain report ${run} DEPENDS ${run}/evaluation.json)
gm_demo_step(${run}/images/written "Making adversarial images"
  COMMAND gmtrain attack ${run} --images 200
  COMMAND ${CMAKE_COMMAND} -E touch ${run}/images/written
  DEPENDS ${run}/trained)
gm_demo_step(${demo}/model.onnx "Exporting"
  COMMAND gmtrain export ${run} --out ${demo}/model.onnx DEPENDS ${run}/calibration.json)

# gm_demo_table(OUTPUT COMMENT SAMPLE ARGUMENTS...): what a sample prints, as a file.
function(gm_demo_table output comment sample)
  gm_demo_step(${output} ${comment}
    COMMAND sh -c "\"$@\" > $0.unfinished && mv $0.unfinished $0 || (rm -f $0.unfinished && false)"
            ${output} $<TARGET_FILE:${sample}> --model=${demo}/model.onnx --quiet ${ARGN}
    DEPENDS ${sample} ${demo}/model.onnx ${run}/images/written
    WORKING_DIRECTORY ${demo})
endfunction()

set(clean ${run}/images/clean)
set(foreign ${run}/images/fashion_mnist)
gm_demo_table(${demo}/table.txt "Classifying by OpenCV" classify
  --sheet=${demo}/sheet.png ${clean} ${run}/images/fgsm_0.3 ${foreign})
gm_demo_table(${demo}/detection.txt "Telling clean from adversarial images by OpenCV"
  adversarial_detection --clean=${clean} --histogram=${demo}/likelihoods.png --roc=${demo}/roc.png
  ${run}/images/fgsm_0.1 ${run}/images/fgsm_0.2 ${run}/images/fgsm_0.3
  ${run}/images/targeted_fgsm_0.3 ${foreign})

add_custom_target(demo
  COMMAND ${CMAKE_COMMAND} -E cat ${demo}/table.txt
  COMMAND ${CMAKE_COMMAND} -E echo
          "Contact sheet: ${demo}/sheet.png, images: ${run}/images, page of the run: ${run}/report.html"
  COMMAND ${CMAKE_COMMAND} -E echo "How well likelihood and posterior tell each kind from clean images:"
  COMMAND ${CMAKE_COMMAND} -E cat ${demo}/detection.txt
  COMMAND ${CMAKE_COMMAND} -E echo "Pictures: ${demo}/likelihoods.png, ${demo}/roc.png"
  DEPENDS ${demo}/table.txt ${demo}/detection.txt ${run}/report.html
  COMMENT "What OpenCV makes of clean, adversarial and foreign images"
  USES_TERMINAL VERBATIM)
