# Stands in for the CMake package of a Slicer build tree, which no package registry has: just what this extension calls,
# with the same keywords, folders, checks and test names. It neither compiles Python nor starts Slicer.
set(Slicer_USE_FILE ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_GENERATE_CONFIG ${CMAKE_CURRENT_LIST_DIR}/GenerateConfig.cmake)
set(Slicer_EXTENSION_CPACK ${CMAKE_CURRENT_LIST_DIR}/ExtensionCPack.cmake)
set(Slicer_LAUNCHER_EXECUTABLE Slicer)
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR lib/Slicer-5.12/qt-scripted-modules)
set(Slicer_SHARE_DIR share/Slicer-5.12)
