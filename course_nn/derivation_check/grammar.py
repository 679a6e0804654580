"""What a line of a derivation may look like, for the parser library lark.

The factors of a product come as a flat list, because what stands between them decides how strongly
they bind (`reading.py`): in 1/B h₂ᵀ δ3 the division ends before h₂, and in f′(z2) ⊙ δ3 W3ᵀ the
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
    | power "[" index ("," index)? "]" -> sliced

index: sum? COLON sum?

?atom: NUMBER                    -> number
    | GRADIENT                   -> gradient
    | NAME                       -> name
    | FUNCTION SUPERSCRIPT? "(" arguments ")" -> call
    | SLOPE "(" arguments ")"    -> slope
    | WHOLE "(" arguments ")"    -> whole
    | "(" compare ")"            -> brackets
    | INDICATOR compare "]"      -> indicator
    | "⟦" sum "⟧"                -> norm
    | "⟨" sum "⟩"                -> size
    | "[" sum ("," sum)+ "]"     -> joined

arguments: (argument ("," argument)*)?
?argument: compare | KEYWORD

EQUALS: /:?=(?!=)/
UPDATE.2: /[-+*\/]=/
COMPARE: />=|<=|==|>|<|≥|≤/
SIGN: /[-+]/
OPERATOR: /\*(?!\*)|[@\/·×⊙]/
COLON: ":"
BIG.3: /∑(_(\{[a-z]\}|[a-z]))?(?!_)/
NUMBER: /(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?|[½⅓¼]/
SUPERSCRIPT: /⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/
EXPONENT.3: /(\^|\*\*)\s*(-?\d+(\.\d+)?|\(\s*-?\d+(\.\d+)?\s*\)|\{\s*-?\d+(\.\d+)?\s*\})/
TRANSPOSED.4: /\.T(?![\w])|\.transpose\(\s*\)|[ᵀ⊤]|\^\s*([⊤ᵀ]|T(?![\w])|\{\s*[T⊤ᵀ]\s*\})/
GRAD.4: /\.grad(?![A-Za-z0-9_])/
METHOD.3: /\.(sum|mean|max|min|dot|copy|astype)(?=\s*\()/
FIRST.4: /\[\s*:\s*,\s*0\s*\]/
COLUMN.4: /\[\s*:\s*,\s*None\s*\]|\[\s*b\s*\]|\[\s*b\s*,\s*:\s*\]/
SHAPE.4: /\.shape\s*\[\s*[01]\s*\]/
KEYWORD.5: /(axis|keepdims)\s*=\s*(-?\d|True|False)/
GRADIENT.5: /(d(L|J|loss)(_?b)?|∂\s*%LETTER%[A-Za-z0-9_]*)\s*\/\s*[d∂]\s*%NAME%/
SLOPE.5: /(%NAME%'|%SLOPES%)(?=\s*\()/
FUNCTION.4: /(%FUNCTIONS%)(?=\s*[²³⁴]?\s*\()/
INDICATOR.4: /1\s*\[/
NAME: /%NAME%/
WHOLE.10: /(np|numpy)\.(sum|mean|average)(?=\s*\()/

%ignore /[ ]+/
NUMPY.9: /(np|numpy|nn|more)\./
%ignore NUMPY
"""
LETTER = "[A-Za-zα-ωΔ∇]"
NAME = LETTER + r"(?:[A-Za-z0-9α-ω]|_\{[A-Za-z0-9α-ω,_]+\}|_)*"
