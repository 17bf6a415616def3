import '@tensorflow/tfjs-backend-wasm';
import { createHash } from 'node:crypto';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import { setBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { runOn } from './support/bothBackends.js';
import { kernelRuns } from './support/kernelRuns.js';

// The plain build has the same bits on every processor. A change of the kernels that is no change of their arithmetic
// leaves these hashes alone; one that is says in its commit what changed and why.
it('the plain build computes the same bytes as ever', async () => {
  await setBackend('wasm');
  const kernels = await registerWasmKernels({ build: 'plain' });
  const hashes: string[] = [];
  for (const { kernel, inputs, attrs } of kernelRuns) {
    const hash = createHash('sha256');
    for (const { shape, values } of await runOn('wasm', kernel, inputs, attrs)) {
      hash
        .update(JSON.stringify(shape))
        .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    hashes.push(`${kernel} ${hash.digest('hex').slice(0, 16)}`);
  }
  await kernels.close();
  expect(hashes).toMatchInlineSnapshot(`
    [
      "Conv2D 4b8ab17aaf9734d8",
      "Conv2DBackpropInput 5f1f1f9ae4176e22",
      "Conv2DBackpropFilter f234b865e9852b03",
      "Conv2D 1e1b4abe3f8a4acb",
      "Conv2DBackpropInput aafe4dacc961babd",
      "Conv2DBackpropFilter c3f1c60269ccbc6d",
      "Conv2D b2a39155e5da2ca4",
      "Conv2DBackpropInput 505b64df712659bd",
      "Conv2DBackpropFilter f8516fb160ecd586",
      "Conv2D 00cc0734f2323c86",
      "Conv2DBackpropInput a5310b3f5410e985",
      "Conv2DBackpropFilter a573379c261c2d83",
      "Conv2D 87369c0d5c527350",
      "Conv2DBackpropInput b0c9dfd561178959",
      "Conv2DBackpropFilter f0f8d4473febb363",
      "Conv2D 7ebffa5d7c2dd366",
      "Conv2DBackpropInput f26751dec71eff60",
      "Conv2DBackpropFilter cf728625fafffce1",
      "FusedConv2D b3a5f4e28577a57e",
      "Conv2DBackpropInput e8d12be788b3e3cf",
      "FusedConv2D e3192c215d9fe989",
      "Conv2DBackpropInput 5d6e3644dbf6a662",
      "FusedConv2D 34c02b2dd53de765",
      "Conv2DBackpropInput c1c1d02ab4fa946a",
      "NormlabStandardize 4650852996e20210",
      "NormlabStandardizeGrad 84deb1201cddce6f",
      "Sum 50ff67b72276e394",
      "NormlabStandardize c9a8eaf24767a3b6",
      "NormlabStandardizeGrad f4508d80270ff651",
      "Sum db802cddc4326b43",
      "NormlabStandardize 478336ff7f6b3f59",
      "NormlabStandardizeGrad 6774f8b7c70bd626",
      "Sum 4b4e5a8b6c50703c",
      "NormlabBatchNorm e707683d02e7e7e5",
      "NormlabBatchNormGrad 81fd3c40c87ae3a4",
      "NormlabSoftmaxCrossEntropy 6203558f5c0d3e99",
      "NormlabCountCorrect c21f6bf7acd01d60",
      "NormlabTotal bf12d0578b1ce2e8",
      "NormlabSgdMomentumStep 85f53b0bc55dafb7",
      "NormlabSgdMomentumStep 6d20ed10c01ba8bb",
      "NormlabSgdMomentumStep 0f852ae3dd8b3a64",
      "NormlabAdamWStep b5972bae308f73fe",
      "NormlabAdamWStep 4f76205d3fa90ad0",
      "Relu 5b563bc54821f326",
      "Tanh 1744558f87d05193",
      "NormlabReluGrad a58deddd7f5f1774",
      "NormlabPreluGrad da6358ca264ccdc7",
      "NormlabPreluGrad d52ea292400557cd",
      "NormlabPreluSlopeTerms 8e033e292d53b3c6",
      "Add 87810933edd95208",
      "Add 0f6982360442090c",
      "Add b361b984f419c400",
      "Add cdf51f3e3668d7ce",
      "Sub 2c7b1838e5d71653",
      "Sub a53275499ff42d41",
      "Sub 7928e1f12e55822e",
      "Sub 2f7528a8a7ccf005",
      "Multiply ef85dd09cd3ebe4d",
      "Multiply 4236c163b9964e11",
      "Multiply 083dd7f19e47d341",
      "Multiply 7a4318521ed47fee",
      "RealDiv f16e50eadb8f1e7e",
      "RealDiv 83a531dac69d43cc",
      "RealDiv 1bfa5a8f3970c9e1",
      "RealDiv 7eb1485baf71fec2",
      "MaxPoolGrad 2906e2ea54243b53",
      "AvgPoolGrad cb62ba3d7c72f433",
      "BatchMatMul b35a6ca26af0611c",
      "BatchMatMul 405c8ac74e16d4d4",
      "BatchMatMul 67152b61fa8abee0",
      "BatchMatMul 21c73c241d348401",
      "Slice df1a5b70518457a1",
      "DepthwiseConv2dNativeBackpropInput f865bee5e7d14f08",
      "DepthwiseConv2dNativeBackpropFilter 9c43e83296037ce1",
      "DepthwiseConv2dNativeBackpropInput b50bcf3464f9830e",
      "DepthwiseConv2dNativeBackpropFilter 9dc50a61788b2870",
      "Conv3DBackpropInputV2 e1e478fa53221f75",
      "Conv3DBackpropFilterV2 4f56ff5abab7f062",
      "Conv3DBackpropInputV2 0e8cdf2600129ded",
      "Conv3DBackpropFilterV2 94f5bce8b4b007f2",
      "MaxPool3D 36b297cfd45b8c45",
      "MaxPool3DGrad 86dccd65e07419be",
      "AvgPool3DGrad 228f18923822bb83",
    ]
  `);
});
