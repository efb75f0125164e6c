	.text
quantize_f32_E3M4:                      # @quantize_f32_E3M4
	pushq	%rbx
	vpbroadcastd	.LCPI0_0(%rip), %zmm0
.LBB0_1:                                # =>This Inner Loop Header: Depth=1
	prefetcht0	4096(%rdi,%rax,4)
	vmovups	(%rdi,%rax,4), %zmm1
	vpaddd	%zmm0, %zmm1, %zmm1
	vpmovdb	%zmm1, %xmm2
	vpmovdb	%zmm1, %xmm2
	vmovntdq	%xmm2, (%rsi,%rax)
	addq	$16, %rax
	cmpq	%rcx, %rax
	jl	.LBB0_1
.LBB0_2:                                # =>This Inner Loop Header: Depth=1
	vmovups	(%rdi,%rax,4), %zmm1
	vpaddd	%zmm0, %zmm1, %zmm1
	vpmovdb	%zmm1, (%rsi,%rax)
	addq	$16, %rax
	cmpq	%rcx, %rax
	jl	.LBB0_2
# %bb.3:
	testq	%rcx, %rcx
	je	.LBB0_5
.LBB0_4:                                # =>This Inner Loop Header: Depth=1
	vmovss	(%rdi,%rax,4), %xmm1
	callq	scalar@PLT
	movb	%al, (%rsi,%rax)
	incq	%rax
	cmpq	%rcx, %rax
	jl	.LBB0_4
.LBB0_5:
	popq	%rbx
	retq
.Lfunc_end0:
