if(NOT EXTENSION_NAME)
  set(EXTENSION_NAME ${PROJECT_NAME})
endif()

# On macOS it differs from the folder in the build tree, so Slicer sets it only here.
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR ${Slicer_QTSCRIPTEDMODULES_LIB_DIR})

include(CTest)

function(require_keywords name)
  if(call_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${name}: unknown keywords: ${call_UNPARSED_ARGUMENTS}")
  endif()
  foreach(keyword IN LISTS ARGN)
    if(NOT DEFINED call_${keyword})
      message(FATAL_ERROR "${name}: ${keyword} is mandatory")
    endif()
  endforeach()
endfunction()

# Copies at build; at install takes all that the folder in the build tree holds.
function(ctkMacroCompilePythonScript)
  cmake_parse_arguments(call
    "NO_INSTALL_SUBDIR;GLOBAL_TARGET" "TARGET_NAME;SOURCE_DIR;DESTINATION_DIR;INSTALL_DIR" "SCRIPTS;RESOURCES" ${ARGN})
  require_keywords(ctkMacroCompilePythonScript TARGET_NAME SCRIPTS DESTINATION_DIR INSTALL_DIR)
  if(NOT DEFINED call_SOURCE_DIR)
    set(call_SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  set(copies)
  foreach(file IN LISTS call_SCRIPTS call_RESOURCES)
    if(IS_ABSOLUTE ${file})
      message(FATAL_ERROR "ctkMacroCompilePythonScript: ${file}: Slicer would not copy an absolute path to its place")
    endif()
    add_custom_command(
      OUTPUT ${call_DESTINATION_DIR}/${file}
      COMMAND ${CMAKE_COMMAND} -E copy ${call_SOURCE_DIR}/${file} ${call_DESTINATION_DIR}/${file}
      DEPENDS ${call_SOURCE_DIR}/${file})
    list(APPEND copies ${call_DESTINATION_DIR}/${file})
  endforeach()
  add_custom_target(Copy${call_TARGET_NAME} ALL DEPENDS ${copies})

  set(source ${call_DESTINATION_DIR})
  if(call_NO_INSTALL_SUBDIR)
    string(APPEND source /)
  endif()
  install(DIRECTORY ${source} DESTINATION ${call_INSTALL_DIR})
endfunction()

function(slicer_add_python_unittest)
  cmake_parse_arguments(call "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS" ${ARGN})
  require_keywords(slicer_add_python_unittest SCRIPT)
  get_filename_component(script ${call_SCRIPT} NAME_WE)
  add_test(
    NAME py_${call_TESTNAME_PREFIX}${script}
    COMMAND ${Slicer_LAUNCHER_EXECUTABLE} --no-splash --testing ${call_SLICER_ARGS}
      --additional-module-paths ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}
      --python-code "import slicer.testing")
endfunction()

function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(call "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  require_keywords(slicerMacroBuildScriptedModule NAME SCRIPTS)
  foreach(file IN LISTS call_SCRIPTS call_RESOURCES)
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "slicerMacroBuildScriptedModule: nonexistent file ${file}")
    endif()
  endforeach()
  ctkMacroCompilePythonScript(
    TARGET_NAME ${call_NAME}
    SCRIPTS ${call_SCRIPTS}
    RESOURCES ${call_RESOURCES}
    DESTINATION_DIR ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}
    INSTALL_DIR ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}
    NO_INSTALL_SUBDIR)
  if(BUILD_TESTING AND call_WITH_GENERIC_TESTS)
    slicer_add_python_unittest(
      SCRIPT qSlicer${call_NAME}ModuleGenericTest.py
      SLICER_ARGS --no-main-window --disable-cli-modules
      TESTNAME_PREFIX nomainwindow_)
  endif()
endfunction()
