"""Locked wheels. Generated from py/wheels.lock.json by python3 tools/update_wheels.py: do not edit."""

WHEELS = {
    "annotated_types": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "annotated_types-0.8.0-py3-none-any.whl": "f072f4d804ea359e4eaf198b1af7a8b0943881a87f31bb764f8bf219bb9419e0",
            },
        },
        "version": "0.8.0",
    },
    "ast_serialize": {
        "deps": [],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "ast_serialize-0.13.1-cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "77a6201b69ce42e919f2fd9a559138d5410b5d8afff7c3a6b1f500b0481ff7d8",
            },
            "linux_x86_64": {
                "ast_serialize-0.13.1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "9f99786e0d62082a5b121b3437f3167562133711df22128de1e9886f57f0b226",
            },
        },
        "version": "0.13.1",
    },
    "bazel_runfiles": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "bazel_runfiles-2.4.6-py3-none-any.whl": "b8c53e37a954f3e1c7be2d705dfb0dbba8ee00db5bfb63cb3c81b987ea8bf930",
            },
        },
        "version": "2.4.6",
    },
    "exceptiongroup": {
        "deps": [
            "typing_extensions",
        ],
        "dev": True,
        "files": {
            "any": {
                "exceptiongroup-1.3.1-py3-none-any.whl": "a7a39a3bd276781e98394987d3a5701d0c4edffb633bb7a5144577f82c773598",
            },
        },
        "version": "1.3.1",
    },
    "hypothesis": {
        "deps": [
            "exceptiongroup",
            "sortedcontainers",
        ],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "hypothesis-6.168.5-cp310-cp310-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "54f40be9b9c6b7b058ff56b0b18a91ff4cfa57a7c7756043eabaa094a0a162c9",
                "hypothesis-6.168.5-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "2e68e1d43b7c9c7a1aa659dfe1c0ecc2de79391b20db853c1e18ea7e3d2ce31f",
                "hypothesis-6.168.5-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "0a09caa95d2d7e6546f727f703de606145835d9ca215fb3134a21353c69afaac",
                "hypothesis-6.168.5-cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "ebee70b7a026210bb47c86c89e5bfb42effd5bd630080e76bc084f29c01c7f7a",
                "hypothesis-6.168.5-cp314-cp314-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "09debb7f7f0f229da5f7e2ad515a5be7a8dc607ec204074775f8ab6731a447f0",
            },
            "linux_x86_64": {
                "hypothesis-6.168.5-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "30208c44364b6fe1f70c74b45f3f1f8a173a749d876294a80fe88c9cf16ab6d0",
                "hypothesis-6.168.5-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "01a4d3773f285e75551eeef12df058e6316b666bcc3ec187c5eb52a893fbb015",
                "hypothesis-6.168.5-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "97ac1d516a42a3b1f13b36a1aa6a5f842e43d67e69d4dc664a9645b28de411ef",
                "hypothesis-6.168.5-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "8cfb06b31cca005345b8ad63f88986d21fd359a7dc3dba2965dd3515b720e5c9",
                "hypothesis-6.168.5-cp314-cp314-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "d227f8ac497eca0bde4e8562d32dd4e82fc9566526020bbd567f76b833b923b0",
            },
        },
        "version": "6.168.5",
    },
    "iniconfig": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "iniconfig-2.3.1-py3-none-any.whl": "9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7",
            },
        },
        "version": "2.3.1",
    },
    "librt": {
        "deps": [],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "librt-0.16.0-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "64c79520414a3fdfc6aabd7593e6169afa14d5f8d9908d4b498db068868b08dd",
                "librt-0.16.0-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "be56ba9c884143495b517f23fe794ae367d58cd89ea0fdd6d437e3c024a87f9f",
                "librt-0.16.0-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "ff7baa55f8e7c69851419e50a666015d02a74198716fd45c0125a2112e0a389f",
                "librt-0.16.0-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "7e510b7770bee609617a3374a96548eb114cae048023e3f049ee449e7ff2db32",
                "librt-0.16.0-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "877698bf6bca5721d8be345f2fe09778e40ecadea8b58c73075f2b1a53666bf2",
            },
            "linux_x86_64": {
                "librt-0.16.0-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "473eebc7866bb0a0c8849a292b5e7157c1aba5d14d0f0f610c52158d6d964262",
                "librt-0.16.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "94aed6a8308818b91677957d1bd03188869cd7aeb23c5dba7912a6c0402f7602",
                "librt-0.16.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "36e53948e99bbe3ffea257124cfcae1cfb01831555c9a9c903c9f9a72db7fd07",
                "librt-0.16.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "17bac7f7a16b328fff77e440287693eb017abde913595b5827ebccbc21ecd8a6",
                "librt-0.16.0-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "ca8052401c55d7511dda6760719fda7618067e83535d7d0010096d216c34b667",
            },
        },
        "version": "0.16.0",
    },
    "markdown_it_py": {
        "deps": [
            "mdurl",
        ],
        "dev": False,
        "files": {
            "any": {
                "markdown_it_py-4.3.0-py3-none-any.whl": "7aa1511a46c39138de78d9eba92ce47e63124d8003fc98b3a351909e04239efa",
            },
        },
        "version": "4.3.0",
    },
    "mdurl": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "mdurl-0.1.2-py3-none-any.whl": "84008a41e51615a49fc9966191ff91509e3c40b939176e643fd50a5c2196b8f8",
            },
        },
        "version": "0.1.2",
    },
    "mypy": {
        "deps": [
            "ast_serialize",
            "librt",
            "mypy_extensions",
            "pathspec",
            "tomli",
            "typing_extensions",
        ],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "mypy-2.4.1-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "c535efcb91f7e66f41b9bd2b5dbd78900a7609ce88f4c020d668e4c82d082b0b",
                "mypy-2.4.1-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "4e18d0da3898b3bcd16192f15a206e7b8b8dd0f4a0b3e51aa5bd5c2afe749e2c",
                "mypy-2.4.1-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "7344869cad05f073b8cae2826774fa0161e3eb2f5c685b76813574008d77d750",
                "mypy-2.4.1-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "680ba5d9f0e3fe0c746b3d14df15f2a718e4bc308a1145616a1ea691ce7c354b",
                "mypy-2.4.1-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "727890a32f1858c09549eb55a8b234fe990d460450b28f03e8213ef925f1247c",
            },
            "linux_x86_64": {
                "mypy-2.4.1-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "0724cf95fabc87ca4a2d5b7f276b43f51afce8a3804bde704490b008e377e50b",
                "mypy-2.4.1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "b69a15fc2e75858d6b15e91ed3a0dcff1a533265183b64734138791fe0f49aa5",
                "mypy-2.4.1-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "a20ff6cd2af7a670c64f089bfa5fbcebe8ff3bf896c5e6ac7c9862c7960e4494",
                "mypy-2.4.1-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "1fb70621535c22fd4b1a0450d37ed1d6c5eb39656a1cebfb189084c12de54ba7",
                "mypy-2.4.1-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "beb254fec368c4e7f7f82a5f310c6470b893ec88a90b66426da971c6826b0453",
            },
        },
        "version": "2.4.1",
    },
    "mypy_extensions": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "mypy_extensions-1.2.0-py3-none-any.whl": "993e7a20aa5671eb41a7132cf555af30062da99729601601b9a8382b11cae768",
            },
        },
        "version": "1.2.0",
    },
    "packaging": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "packaging-26.3-py3-none-any.whl": "d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c",
            },
        },
        "version": "26.3",
    },
    "pathspec": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "pathspec-1.1.1-py3-none-any.whl": "a00ce642f577bf7f473932318056212bc4f8bfdf53128c78bbd5af0b9b20b189",
            },
        },
        "version": "1.1.1",
    },
    "pluggy": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "pluggy-1.7.0-py3-none-any.whl": "7dd7b0d8832ba3cb632c306926ded123429211b83641b35dc5c41ad2d34f9bec",
            },
        },
        "version": "1.7.0",
    },
    "pydantic": {
        "deps": [
            "annotated_types",
            "pydantic_core",
            "typing_extensions",
            "typing_inspection",
        ],
        "dev": False,
        "files": {
            "any": {
                "pydantic-2.14.3-py3-none-any.whl": "3f7b347782ab7e4cf4c798496ae3a82787d9f21ec12676a9c564355eeef8daa8",
            },
        },
        "version": "2.14.3",
    },
    "pydantic_core": {
        "deps": [
            "typing_extensions",
        ],
        "dev": False,
        "files": {
            "linux_aarch64": {
                "pydantic_core-2.50.4-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "c4c5a1770ecfe8bdb6c6f09f8d81ea4de04f7efb012fac1efa4ad315dccc1fd1",
                "pydantic_core-2.50.4-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "30d4dc35bc0eea52202a90b3820445ee0072c820241bfa710a623a078c9b267b",
                "pydantic_core-2.50.4-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "16902a147b3da4840612164a5e67947104d63e978f7a57c395877a5e26690b9c",
                "pydantic_core-2.50.4-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "a9ee990bf2cfbd81574c5d4f9f6c9d480a14b5b43d2c4f2ca13f4c6f48089394",
                "pydantic_core-2.50.4-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "70dbc9f83c41f37a4faa62dae5203853847223a891da446f48ef2efcfd5df806",
            },
            "linux_x86_64": {
                "pydantic_core-2.50.4-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "ed9c0b6f236648dbf30d57e9f57e1f74878caafa04833a19f529b5ba5164b7a8",
                "pydantic_core-2.50.4-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "0574866e05f6adeecc520d87e87dd06210c0a51706341f6ef8421572f5a64444",
                "pydantic_core-2.50.4-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "c81d98e27d9d9261909dcccab1ba5d6ea1c98b0bb9470e368604614fd1d36ddd",
                "pydantic_core-2.50.4-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "fb2bb5b557080da398b866408117d98fe9731a12334afd0cdff221b458cdc5dc",
                "pydantic_core-2.50.4-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "f1d62fb172db35c6478c9323da34ff37d1f3d37d7d44337a9d94ba8c583e5730",
            },
        },
        "version": "2.50.4",
    },
    "pygments": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "pygments-2.21.0-py3-none-any.whl": "2363c69b61c4a97c838da3b130dcd6468f4848992b21a82f2a63ec34377137d9",
            },
        },
        "version": "2.21.0",
    },
    "pytest": {
        "deps": [
            "exceptiongroup",
            "iniconfig",
            "packaging",
            "pluggy",
            "pygments",
            "tomli",
        ],
        "dev": True,
        "files": {
            "any": {
                "pytest-9.2.0-py3-none-any.whl": "07acdcf88ec174f907dc01af70bf52d49b014bbab03faeeade31c96b18c2e588",
            },
        },
        "version": "9.2.0",
    },
    "pytest_codspeed": {
        "deps": [
            "pytest",
            "rich",
        ],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "pytest_codspeed-5.0.4-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "7ed8ae62104bb176d4ecf2398b27da47ce187d6ba69f33e636ddc717700fd720",
                "pytest_codspeed-5.0.4-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "7b6bf8579fb6a2428cee9f065a7c15694c06281e8de815b183c60cd39d72b50e",
                "pytest_codspeed-5.0.4-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "289b0f4422058220639add8320958381c51dfc775822082463fc4dce157e12a4",
                "pytest_codspeed-5.0.4-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "5aa863bcb6a5bc3bac189c893a6b5a172782b7c7a309fbf353217c3a3d9a526b",
                "pytest_codspeed-5.0.4-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "dad9df0043554312be85e6051a4c1920dc010480e7eb8a3f353eb114632a087d",
            },
            "linux_x86_64": {
                "pytest_codspeed-5.0.4-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "01cb42d459d0cfc50a356c3df13e71ae2c26ec54abac7badea5649f853f438a9",
                "pytest_codspeed-5.0.4-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "96d1f622b2700220c6d28f972bfb4f6840045578c17bc93cbb2d4c8eb13cd719",
                "pytest_codspeed-5.0.4-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "049e0d3ed0c2d75bdf20c839ce6d97b9ea47fd9cab3b32de3cff8575dd2785c5",
                "pytest_codspeed-5.0.4-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "6c1260cda28c6ccdc1e4af6cb32c76a99d3468aa296ea8b2966a1ab05cceb600",
                "pytest_codspeed-5.0.4-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "0feffc3b94b597752177b8d1668b60bc6e3832a98b769c5a9408b1c76cf23a29",
            },
        },
        "version": "5.0.4",
    },
    "rich": {
        "deps": [
            "markdown_it_py",
            "pygments",
        ],
        "dev": False,
        "files": {
            "any": {
                "rich-15.0.0-py3-none-any.whl": "33bd4ef74232fb73fe9279a257718407f169c09b78a87ad3d296f548e27de0bb",
            },
        },
        "version": "15.0.0",
    },
    "ruff": {
        "deps": [],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "ruff-0.17.6-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "435241c61af5909a022f76219d3d1bf24730dc1bf0acabb5ddf4b569ab3cbb30",
            },
            "linux_x86_64": {
                "ruff-0.17.6-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "aa3b08254a732acba246891089a152c47c5733dc36b8ecb76ce8602f8326e5e4",
            },
        },
        "version": "0.17.6",
    },
    "sortedcontainers": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "sortedcontainers-2.4.0-py2.py3-none-any.whl": "a163dcaede0f1c021485e957a39245190e74249897e2ae4b2aa38595db237ee0",
            },
        },
        "version": "2.4.0",
    },
    "tomli": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "tomli-2.5.0-py3-none-any.whl": "32a7b79ac57a2e83670ce329ccf675798bc5a2094783a63676866b70503f2e2b",
            },
        },
        "version": "2.5.0",
    },
    "typing_extensions": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "typing_extensions-4.16.0-py3-none-any.whl": "481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8",
            },
        },
        "version": "4.16.0",
    },
    "typing_inspection": {
        "deps": [
            "typing_extensions",
        ],
        "dev": False,
        "files": {
            "any": {
                "typing_inspection-0.4.5-py3-none-any.whl": "bc210535442b39e1bf2805e0c7a17dfd6a4ace760c84c7f7d16245d23a6b1c39",
            },
        },
        "version": "0.4.5",
    },
}
