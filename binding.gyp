# A door to the one CMake build, for node-gyp and prebuildify.
{
  'targets': [
    {
      'target_name': 'xling',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake',
          'inputs': ['CMakeLists.txt'],
          # Never made, so that CMake is always asked what has to be built.
          'outputs': ['<(INTERMEDIATE_DIR)/cmake-decides'],
          'action': ['node', 'scripts/build-native.js', 'xling'],
        },
      ],
    },
  ],
}
