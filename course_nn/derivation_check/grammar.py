"""What a line of a derivation may look like, for the parser library lark.

The factors of a product come as a flat list, because what stands between them decides how strongly
they bind (`formulas.py`): in 1/B h₂ᵀ δ3 the division ends before h₂, and in f′(z2) ⊙ δ3 W3ᵀ the
product without a sign comes first.
"""

GRAMMAR = r"""
line: compare (EQUALS compare)+
    | compare UPDATE compare     -> update

?compare: sum
    | sum COMPARE sum            -> compared

sum: SIGN* product (SIGN+ product)*

product: _first (_more)*
_first: power | BIG
_more: OPERATOR SIGN* (power | BIG) | power | BIG

?power: atom
    | power SUPERSCRIPT          -> superscript
    | power EXPONENT             -> exponent
    | power TRANSPOSED           -> transposed
    | power GRAD                 -> grad
    | power METHOD "(" arguments ")" -> method
    | power COLUMN               -> column
    | power FIRST                -> first
    | power SHAPE                -> shape
    | power AT_LABELS            -> at_labels
    | power INDICES              -> entry
    | power "[" index ("," index)? "]" -> sliced

index: sum? COLON sum?

?atom: NUMBER                    -> number
    | GRADIENT                   -> gradient
    | IVERSON                    -> iverson
    | EYE                        -> iverson
    | ROW_OF_ONES                -> row_of_ones
    | ZEROS                      -> zeros
    | EINSUM ("," sum)+ ")"      -> einsum
    | EXP SIGN* (power | "{" sum "}") -> exponential
    | NAME                       -> name
    | FUNCTION SUPERSCRIPT? "(" arguments ")" -> call
    | SLOPE "(" arguments ")"    -> slope
    | WHOLE "(" arguments ")"    -> whole
    | "(" compare ")"            -> brackets
    | "[" compare "]"            -> brackets
    | "{" compare "}"            -> brackets
    | INDICATOR compare "]"      -> indicator
    | "⟦" sum "⟧" FROBENIUS?     -> norm
    | "⟨" sum "⟩"                -> size
    | "[" sum ("," sum)+ "]"     -> joined

arguments: (argument ("," argument)*)?
?argument: compare | KEYWORD

EQUALS: /:?=(?!=)/
UPDATE.2: /[-+*\/]=/
COMPARE: />=|<=|==|>|<|≥|≤/
SIGN: /[-+]/
OPERATOR: /\.?\*(?!\*)|\.\/|[@\/·×⊙⊗]/
COLON: ":"
BIG.3: /∑(_(\{\s*[a-z]\s*([=∈][^{}]*)?\}|[a-z](=[01])?))?(\s*%UP_TO%)?(?!_)/
NUMBER: /(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?|[½⅓¼]/
SUPERSCRIPT: /⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/
EXPONENT.3: /(\.?\^|\*\*)\s*(-?\d+(\.\d+)?|\(\s*-?\d+(\.\d+)?\s*\)|\{\s*-?\d+(\.\d+)?\s*\})/
TRANSPOSED.4: /\.m?T(?![\w])/
    | /\.(transpose|permute)\(\s*(0\s*,\s*1|1\s*,\s*0)\s*\)/
    | /\.(transpose|t)\(\s*\)|[ᵀ⊤]|\^\s*([⊤ᵀ]|T(?![\w])|\{\s*[T⊤ᵀ]\s*\})/
GRAD.4: /\.grad(_b|_\{\s*b\s*\})?(?![A-Za-z0-9_])/
METHOD.3: /\.(sum|mean|max|min|dot|copy|astype|detach|clone)(?=\s*\()/
    | /\.(float|double|long|int|softmax)(?=\s*\()/
    | /\.(mm|matmul|mul|multiply|sub|add|div|pow|square|sqrt|exp|log|tanh|sigmoid|relu)(?=\s*\()/
FIRST.4: /\[\s*:\s*,\s*0\s*\]/
COLUMN.4: /\[\s*:\s*,\s*(None|(np\.)?newaxis)\s*\]|\[\s*b\s*(,\s*:\s*)?\]/
    | /_b(?![A-Za-z0-9_])|_\{\s*b\s*\}/
SHAPE.4: /\.shape\s*\[\s*[01]\s*\]|\.size\(\s*[01]\s*\)/
KEYWORD.5: /(axis|dim|transpose_[ab]|depth|num_classes)\s*=\s*(-?\w+(\.shape\[-?\d\])?)/
    | /keepdims?\s*=\s*([Tt]rue|[Ff]alse|[01])(?!\w)/
GRADIENT.6: /∇\s*(_\{%NAME%\}|_?%NAME%)\s*[LJ](_?b)?(?!\w)/
    | /(d(%LOSS%)(_?b)?|∂\s*%LETTER%[A-Za-z0-9_]*)\s*\/\s*[d∂]\s*%NAME%/
SLOPE.5: /(%NAME%'|%SLOPES%)(?=\s*\()/
FUNCTION.4: /(%FUNCTIONS%)(?=\s*[²³⁴]?\s*\()/
IVERSON.7: /([1I]\s*)?(\[\s*%EQUAL%\s*\]|\{\s*%EQUAL%\s*\})/
    | /1_\{\s*%EQUAL%\s*\}|1\s*\(\s*%EQUAL%\s*\)/
EYE.7: /((np|numpy)\.)?(eye|identity)\(\s*[A-Za-z0-9_]+\s*\)\s*\[\s*(:\s*,\s*)?%NAME%\s*\]/
AT_LABELS.6: /\[\s*(%ARANGE%\s*,\s*%NAME%|%NAME%\s*,\s*%ARANGE%)\s*\]/
ROW_OF_ONES.10: /(np|numpy)\.ones\(\s*(\(\s*1\s*,\s*%COUNT%\s*\)|%COUNT%)\s*\)/
ZEROS.10: /(np|numpy)\.zeros(\(\s*\([^()\[\]]*(\[[01]\])?\s*\)\s*\)|_like\(\s*%NAME%(\.grad)?\s*\))/
EINSUM.10: /((np|numpy)\.)?einsum\(\s*['"]%AXES%( ?, ?%AXES%){0,2} ?-> ?(%AXES%)?['"]/
EXP.5: /e\s*(\^|\*\*)(?!\s*(-?\d|\(\s*-?\d+\s*\)|\{\s*-?\d+\s*\}|\{?\s*[T⊤ᵀ](?!\w)))/
INDICES.12: /[\ue000-\ue019]+/
FROBENIUS: /_F(?![A-Za-z0-9_])|_\{\s*F\s*\}/
INDICATOR.4: /1\s*\[/
NAME: /%NAME%/
WHOLE.10: /(np|numpy)\.(sum|mean|average)(?=\s*\()/

%ignore /[ ]+/
NUMPY.9: /(np|numpy)\.linalg\.|(np|numpy|nn|more)\./
%ignore NUMPY
"""
LETTER = "[A-Za-zÀ-ÖØ-öø-žŷα-ωΔ∇]"
NAME = LETTER + r"(?:[A-Za-zÀ-ÖØ-öø-ž0-9α-ω]|_\{[A-Za-z0-9α-ω,_]+\}|_)*"
# Of an output and a label, [k = y]; where a sum ends, Σ_{b=1}^B; the axes of a factor.
EQUAL = rf"([cijk]\s*==?\s*{NAME}(\[b\])?|{NAME}(\[b\])?\s*==?\s*[cijk])"
UP_TO = r"(\^\s*(\{[A-Zmn]\d?(-1)?\}|[A-Zmn]\d?(?!\w))|[ᴮᴷᴺ])"
AXES = "[a-zA-Z]{1,2}"
COUNT = r"(B|len\(\s*\w+\s*\)|\w+\.shape\[[01]\])"
ARANGE = rf"((np|numpy)\.)?a?range\(\s*({COUNT}|[mnNM]|num_examples|batch_size)\s*\)"
