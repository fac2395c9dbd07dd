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
    "anyio": {
        "deps": [
            "exceptiongroup",
            "idna",
            "typing_extensions",
        ],
        "dev": False,
        "files": {
            "any": {
                "anyio-4.16.0-py3-none-any.whl": "c66ae634e0b8228396b801741beb3294326d4b6102f7bba4041c0dfb58c29026",
            },
        },
        "version": "4.16.0",
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
    "certifi": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "certifi-2026.10.19.post1-py3-none-any.whl": "1324c476b4811eff41a8bc2122cd0bbd4d9c7234c725446d99ab1612b3a7fdd2",
            },
        },
        "version": "2026.10.19.post1",
    },
    "click": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "click-8.5.1-py3-none-any.whl": "8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37",
            },
        },
        "version": "8.5.1",
    },
    "codespell": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "codespell-2.4.3-py3-none-any.whl": "af2505b335e8573dbd2d384d1c4ef498f4006f4ba2d6fceca01e55b91f52628a",
            },
        },
        "version": "2.4.3",
    },
    "exceptiongroup": {
        "deps": [
            "typing_extensions",
        ],
        "dev": False,
        "files": {
            "any": {
                "exceptiongroup-1.3.1-py3-none-any.whl": "a7a39a3bd276781e98394987d3a5701d0c4edffb633bb7a5144577f82c773598",
            },
        },
        "version": "1.3.1",
    },
    "h11": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "h11-0.16.0-py3-none-any.whl": "63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86",
            },
        },
        "version": "0.16.0",
    },
    "httpcore": {
        "deps": [
            "certifi",
            "h11",
        ],
        "dev": False,
        "files": {
            "any": {
                "httpcore-1.0.9-py3-none-any.whl": "2d400746a40668fc9dec9810239072b40b4484b640a8c38fd654a024c7a1bf55",
            },
        },
        "version": "1.0.9",
    },
    "httpx": {
        "deps": [
            "anyio",
            "certifi",
            "httpcore",
            "idna",
        ],
        "dev": False,
        "files": {
            "any": {
                "httpx-0.28.1-py3-none-any.whl": "d909fcccc110f8c7faf814ca82a9a4d816bc5a6dbfea25d6591d6985b8ba59ad",
            },
        },
        "version": "0.28.1",
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
    "idna": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "idna-3.20-py3-none-any.whl": "ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c",
            },
        },
        "version": "3.20",
    },
    "iniconfig": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "iniconfig-2.3.1-py3-none-any.whl": "9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7",
            },
        },
        "version": "2.3.1",
    },
    "jinja2": {
        "deps": [
            "markupsafe",
        ],
        "dev": False,
        "files": {
            "any": {
                "jinja2-3.1.6-py3-none-any.whl": "85ece4451f492d0c13c5dd7c13a64681a86afae63a5f347908daf103ce6d2f67",
            },
        },
        "version": "3.1.6",
    },
    "librt": {
        "deps": [
            "mypy_extensions",
        ],
        "dev": True,
        "files": {
            "linux_aarch64": {
                "librt-0.17.0-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "3bab088a47649389d68dad7e3e03761d39fc83696a01878947b772d192d60a13",
                "librt-0.17.0-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "7be0c07b6185548a1087f3120dd3d7aa64c07813f8b76b8fc97e2b2a1fe36450",
                "librt-0.17.0-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "3e8ab915c48e949dfcb0a2b299af96a6707d561fa7079a21169a4bb2aafc45e0",
                "librt-0.17.0-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "343d12d5afd461a134280082bec8fb11f3880c83f9caff3de5268f933b7c826f",
                "librt-0.17.0-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "87c5ed7bcdd937dd001d034e42de355818419a50c1d98f8f241a7cb8615c7dcd",
            },
            "linux_x86_64": {
                "librt-0.17.0-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "2a7872a06d9df07aa056c8ec83e4ecee3ffbc63603780a99caac4f4b4cb6bcd4",
                "librt-0.17.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "598c5455f07fc182a926b88e63776c49dc4cf47465c998cbc6ba1f010b875b51",
                "librt-0.17.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "afa8a6a1916f155e6f35c48d6cb547849af79e07060e36b6aaec1d1c63dc3c7e",
                "librt-0.17.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "e3dad4792d84979f5f1aaa46d22cd062b15f4551bcadc7d2b695d42aac971bf5",
                "librt-0.17.0-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "de7dd4d3ec15cf15299cd30839773f58d6dc109a057cb2c797bb11fba478721b",
            },
        },
        "version": "0.17.0",
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
    "markupsafe": {
        "deps": [],
        "dev": False,
        "files": {
            "linux_aarch64": {
                "markupsafe-3.0.4-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "cf63c214fe879a65e69a386f915e36104fc84254ab141240f8854602d8e0be2a",
                "markupsafe-3.0.4-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "849dd2bb0e5e4ab2b71c7191726a4a8d5aa8a610daa584728cbee0b710ddc4ef",
                "markupsafe-3.0.4-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "6a45c3d514f2436064db00d7fc8778d888f0236ebfed649b53d13a59e69ad51b",
                "markupsafe-3.0.4-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "7018d4af1cd272e847aa5917983ab5e83e4f6579f9dbfecd4a79c0ca80b144c2",
                "markupsafe-3.0.4-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "1caa2fa5a6184fb233153b35f654e6687bd555476f6170f29d8ee9be1a8b0af9",
            },
            "linux_x86_64": {
                "markupsafe-3.0.4-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "d1aca03ede943eb80ab3d63bb082c84b7aab85ea83bd0fd0c200260945fb49d9",
                "markupsafe-3.0.4-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "6da83a088f8ef93b2d483a8232a4dbf4d69d3d8496b568a03c56becac43e1808",
                "markupsafe-3.0.4-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "8e124f974786f831d6043728e38296969d3579db8896fe004682f5758e613581",
                "markupsafe-3.0.4-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "434139499bb20b502ed3baa1f169e618f924a97e7a777fea1a49446d80106cf6",
                "markupsafe-3.0.4-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "a8e9f292fcda89b324f2f5c91d13f1424a153e40fc2756f38ee23b15835ff300",
            },
        },
        "version": "3.0.4",
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
        "dev": False,
        "files": {
            "any": {
                "packaging-26.4-py3-none-any.whl": "81383611a09c1bc0b08b76e0fd5829d7c6824c65b27a6aee339da133f4233ea2",
            },
        },
        "version": "26.4",
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
        "dev": False,
        "files": {
            "any": {
                "pluggy-1.7.0-py3-none-any.whl": "7dd7b0d8832ba3cb632c306926ded123429211b83641b35dc5c41ad2d34f9bec",
            },
        },
        "version": "1.7.0",
    },
    "py_cpuinfo2": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "py_cpuinfo2-10.1.1-py3-none-any.whl": "adc53396bfb206e6498d078ec2ab407f85799ecd819584ac36a8f80a2d4d762d",
            },
        },
        "version": "10.1.1",
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
    "pyelftools": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "pyelftools-0.33-py3-none-any.whl": "f215ad5f47d3f1373a21496a6c9e0707c622840d0622f23ff7ce08678b020036",
            },
        },
        "version": "0.33",
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
        "dev": False,
        "files": {
            "any": {
                "pytest-9.2.0-py3-none-any.whl": "07acdcf88ec174f907dc01af70bf52d49b014bbab03faeeade31c96b18c2e588",
            },
        },
        "version": "9.2.0",
    },
    "pytest_benchmark": {
        "deps": [
            "py_cpuinfo2",
            "pytest",
        ],
        "dev": True,
        "files": {
            "any": {
                "pytest_benchmark-5.3.1-py3-none-any.whl": "d7732a9952b1c4a4a32277adc693739126eab37afc3a711847f53805ccadc020",
            },
        },
        "version": "5.3.1",
    },
    "pytest_codspeed": {
        "deps": [
            "pytest",
            "rich",
        ],
        "dev": False,
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
    "pyyaml": {
        "deps": [],
        "dev": False,
        "files": {
            "linux_aarch64": {
                "pyyaml-6.0.4-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "54c23934cf166bb2090d73d82b1388aadb1cead5e73885223dcfa4a459a22d43",
                "pyyaml-6.0.4-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "71bb5b87465d88d1dfc577115af6d435bff9b26f2512936f610c26aa55966028",
                "pyyaml-6.0.4-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "45e37dd647db9d67b757444c74060c064ace5fdaa08f42bf4fda3812275d423e",
                "pyyaml-6.0.4-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "41b4669c3a8fd5750e594dff59d3e62d40e321fec467b50449603710ed0a68f3",
                "pyyaml-6.0.4-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "ed9b957abb12f6ffcd92d5db32fa3ffd4e4a8423d80ddd51b4efa63b42f6a76b",
            },
            "linux_x86_64": {
                "pyyaml-6.0.4-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "88a089e6424a8a256321270620d5a4328ad5227fb2061b07d33f596894336914",
                "pyyaml-6.0.4-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "622aa875fa6533f25fedcffe23079357d65a690d462200afed5d8e9d0e01ebee",
                "pyyaml-6.0.4-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "93bfb2459195406a518e2f487a9bbf01df240175f31e06f5a252ac6734c7bbf0",
                "pyyaml-6.0.4-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "50588147ab2c6a59b5f990a4905db80899a6c2bd197e046a6201f1e67587e794",
                "pyyaml-6.0.4-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "c604dc2613c417130479cdd6e55c2faa691b6365aa82b3dafddfcecc2eaf1ac7",
            },
        },
        "version": "6.0.4",
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
    "starlette": {
        "deps": [
            "anyio",
            "typing_extensions",
        ],
        "dev": False,
        "files": {
            "any": {
                "starlette-1.7.0-py3-none-any.whl": "67f8e99895493dd2911a03f11314af6ceebeae4e704bb9f43dfc6a9db151c93e",
            },
        },
        "version": "1.7.0",
    },
    "tomli": {
        "deps": [],
        "dev": False,
        "files": {
            "any": {
                "tomli-2.5.0-py3-none-any.whl": "32a7b79ac57a2e83670ce329ccf675798bc5a2094783a63676866b70503f2e2b",
            },
        },
        "version": "2.5.0",
    },
    "types_pyyaml": {
        "deps": [],
        "dev": True,
        "files": {
            "any": {
                "types_pyyaml-6.0.12.20261113-py3-none-any.whl": "3600749e613748afdc4327f0b17c3296cf880cdbc7335f320007abd9dd815f67",
            },
        },
        "version": "6.0.12.20261113",
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
    "uvicorn": {
        "deps": [
            "click",
            "h11",
            "typing_extensions",
        ],
        "dev": False,
        "files": {
            "any": {
                "uvicorn-0.54.0-py3-none-any.whl": "505bdb0f318731d45f1f712071fc781a8981f6847a31c902c9f5e652d4f67faf",
            },
        },
        "version": "0.54.0",
    },
    "zstandard": {
        "deps": [],
        "dev": False,
        "files": {
            "linux_aarch64": {
                "zstandard-0.25.0-cp310-cp310-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "e05ab82ea7753354bb054b92e2f288afb750e6b439ff6ca78af52939ebbc476d",
                "zstandard-0.25.0-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "01582723b3ccd6939ab7b3a78622c573799d5d8737b534b86d0e06ac18dbde4a",
                "zstandard-0.25.0-cp312-cp312-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "6dffecc361d079bb48d7caef5d673c88c8988d3d33fb74ab95b7ee6da42652ea",
                "zstandard-0.25.0-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.whl": "bfc4e20784722098822e3eee42b8e576b379ed72cca4a7cb856ae733e62192ea",
                "zstandard-0.25.0-cp314-cp314-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl": "223415140608d0f0da010499eaa8ccdb9af210a543fac54bce15babbcfc78439",
            },
            "linux_x86_64": {
                "zstandard-0.25.0-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "4b6d83057e713ff235a12e73916b6d356e3084fd3d14ced499d84240f3eecee0",
                "zstandard-0.25.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "9300d02ea7c6506f00e627e287e0492a5eb0371ec1670ae852fefffa6164b072",
                "zstandard-0.25.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "5a56ba0db2d244117ed744dfa8f6f5b366e14148e00de44723413b2f3938a902",
                "zstandard-0.25.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": "8e735494da3db08694d26480f1493ad2cf86e99bdd53e8e9771b2752a5c0246a",
                "zstandard-0.25.0-cp314-cp314-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl": "e09bb6252b6476d8d56100e8147b803befa9a12cea144bbe629dd508800d1ad0",
            },
        },
        "version": "0.25.0",
    },
}
